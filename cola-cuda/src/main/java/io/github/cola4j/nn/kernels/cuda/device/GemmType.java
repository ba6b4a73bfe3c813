package io.github.cola4j.nn.kernels.cuda.device;

/** What a product's inputs are and how it multiplies them; sums and C are float32. */
public enum GemmType {
  /** A and B float32, multiplied exactly. */
  FLOAT32,
  /** A and B float32, rounded to 10 bits of fraction by the tensor cores. */
  TF32,
  /** A and B bfloat16. */
  BFLOAT16
}
