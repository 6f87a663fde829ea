// Flow-matching steps in TensorFlow.js on its WASM backend (vectors, one thread), with its own differentiation and Adam:
//   node tfjs-side.mjs CASE
// One JSON request a line on standard input, one answer a line on standard output.
import { createInterface } from "node:readline";
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm";

const { d, p, hidden, batch, rows } = JSON.parse(process.argv[2]);
setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();

const outcomes = tf.randomNormal([rows, d]);
const contexts = tf.randomNormal([rows, p]);
const widths = [d + 1 + p, ...hidden, d];
const layers = widths.slice(1).map((width, i) => {
  const bound = 1 / Math.sqrt(widths[i]);
  return {
    weight: tf.variable(tf.randomUniform([widths[i], width], -bound, bound)),
    bias: tf.variable(tf.randomUniform([width], -bound, bound)),
  };
});
const variables = layers.flatMap(({ weight, bias }) => [weight, bias]);
const averages = variables.map((variable) => tf.variable(variable.clone(), false));
const optimizer = tf.train.adam(1e-3);
let done = 0;
let last = null;

function step() {
  done++;
  tf.tidy(() => {
    const index = tf.randomUniformInt([batch], 0, rows);
    const s1 = outcomes.gather(index);
    const x = contexts.gather(index);
    const s0 = tf.randomNormal([batch, d]);
    const t = tf.randomUniform([batch, 1]);
    const target = s1.sub(s0);
    const inputs = tf.concat([s0.add(target.mul(t)), t, x], 1);
    const { value, grads } = tf.variableGrads(() => {
      const v = layers.reduce((h, { weight, bias }, i) => {
        const activation = i < layers.length - 1 ? "relu" : "linear";
        return tf.fused.matMul({ a: h, b: weight, bias, activation });
      }, inputs);
      return v.sub(target).square().mean();
    }, variables);
    for (const variable of variables) variable.assign(variable.mul(1 - 1e-3 * 1e-4));
    optimizer.applyGradients(grads);
    const share = 1 - Math.min(0.999, (1 + done) / (10 + done));
    averages.forEach((average, i) => average.assign(average.add(variables[i].sub(average).mul(share))));
    last?.dispose();
    last = tf.keep(value);
  });
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line);
  const start = performance.now();
  const cpu = process.cpuUsage();
  for (let i = 0; i < steps; i++) step();
  const [value] = await last.data();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ value, seconds, cpu: (user + system) / 1e6 }));
}
