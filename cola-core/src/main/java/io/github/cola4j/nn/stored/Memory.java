package io.github.cola4j.nn.stored;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Bytes outside the heap, little-endian.
 *
 * @param bytes the memory
 * @param pointer to its first byte; one of the two keeps the memory
 */
public record Memory(ByteBuffer bytes, Pointer pointer) {

  /** Memory of its own, with whatever stands there. */
  static Memory allocate(long size) {
    BytePointer memory = new BytePointer(Math.max(1, size));
    ByteBuffer bytes = memory.asByteBuffer().slice(0, Math.toIntExact(size));
    return new Memory(bytes.order(ByteOrder.LITTLE_ENDIAN), memory);
  }

  /** What remains of a direct buffer, such as a mapped file. */
  public static Memory of(ByteBuffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("expected direct memory, got " + direct);
    }
    ByteBuffer bytes = direct.slice().order(ByteOrder.LITTLE_ENDIAN);
    return new Memory(bytes, new Pointer(bytes));
  }

  /** Refuses another size. */
  void requireSize(long size, String what) {
    if (bytes.remaining() != size) {
      throw new IllegalArgumentException(
          "expected " + size + " bytes of " + what + ", got " + bytes.remaining());
    }
  }
}
