package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.kernels.cuda.device.Address;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.lang.ref.Cleaner;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Indices, labels and offsets on their way to the device: a ring of the host's memory and one of
 * the device's. An array stays where it is until the ring comes round again, which waits for the
 * device. Belongs to one thread.
 */
final class Staging {
  private static final Cleaner CLEANER = Cleaner.create();

  /** Bytes; every array starts at a multiple. */
  private static final int ALIGNMENT = 256;

  private static final int SMALLEST = 1 << 20;

  private final Gpu gpu;
  private Ring ring;
  private int used;

  /** An empty ring of a device. */
  Staging(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Both memories, freed when nobody uses them any more. */
  private record Ring(int bytes, Pointer host, IntBuffer ints, long device) {}

  /**
   * Copies numbers to the device.
   *
   * @return the address of an int array, valid until half of the ring was written after it
   */
  long upload(int[] values) {
    int at = put(values);
    enqueue(at, values, ring.device + at);
    return ring.device + at;
  }

  /** Copies numbers to an address of the device. */
  void upload(int[] values, long address) {
    enqueue(put(values), values, address);
  }

  private void enqueue(int at, int[] values, long address) {
    long bytes = (long) Math.max(1, values.length) * Integer.BYTES;
    gpu.enqueueWrite(address, Address.of(ring.host, at), bytes);
  }

  /** Writes to the host's ring; gives where. */
  private int put(int[] values) {
    int bytes = Math.max(1, values.length) * Integer.BYTES;
    int rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (ring == null || 4L * rounded > ring.bytes) {
      grow(rounded);
    } else if (used + rounded > ring.bytes) {
      gpu.synchronize();
      used = 0;
    }
    int at = used;
    used += rounded;
    ring.ints.put(at / Integer.BYTES, values, 0, values.length);
    return at;
  }

  private void grow(int least) {
    gpu.synchronize();
    int bytes = Math.max(SMALLEST, Math.multiplyExact(8, least));
    Pointer host = gpu.allocateHost(bytes);
    long device = gpu.allocate(bytes);
    IntBuffer ints =
        new BytePointer(host)
            .capacity(bytes)
            .asByteBuffer()
            .order(ByteOrder.nativeOrder())
            .asIntBuffer();
    ring = new Ring(bytes, host, ints, device);
    Gpu owner = gpu;
    CLEANER.register(
        ring,
        () -> {
          owner.free(device);
          owner.freeHost(host);
        });
    used = 0;
  }
}
