/** onnxruntime-node 1.16 ships no declarations of its own; its interface is that of onnxruntime-common. */
declare module "onnxruntime-node" {
  export * from "onnxruntime-common";
}
