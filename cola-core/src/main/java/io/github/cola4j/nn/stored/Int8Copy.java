package io.github.cola4j.nn.stored;

import java.nio.ByteBuffer;

/** Quantises a matrix to {@link Int8Matrix}: q = round(x · 127 / absmax) of its row. */
final class Int8Copy implements QuantizedCopy {
  private final int out;
  private final int in;
  private final Memory integers;
  private final float[] absmax;

  Int8Copy(int out, int in) {
    this.out = out;
    this.in = in;
    integers = Memory.allocate(Math.toIntExact((long) out * in));
    absmax = new float[out];
  }

  @Override
  public void setRows(int first, float[] elements) {
    ByteBuffer bytes = integers.bytes();
    for (int i = 0; i < elements.length / in; i++) {
      float largest = 0;
      for (int j = 0; j < in; j++) {
        largest = Math.max(largest, Math.abs(elements[i * in + j]));
      }
      absmax[first + i] = largest;
      float inverse = largest == 0 ? 0 : 1 / largest * Int8Matrix.LARGEST; // as PyTorch divides
      for (int j = 0; j < in; j++) {
        float size = Math.min(Int8Matrix.LARGEST, Math.abs(elements[i * in + j]) * inverse);
        float value = Math.copySign(size, elements[i * in + j]);
        bytes.put((first + i) * in + j, (byte) Math.rint(value));
      }
    }
  }

  @Override
  public Int8Matrix matrix() {
    return new Int8Matrix(out, in, integers, absmax, MemorySource.HOST);
  }
}
