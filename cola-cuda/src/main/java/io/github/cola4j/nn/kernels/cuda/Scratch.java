package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.lang.ref.Cleaner;

/** Working memory of a thread on a device: it grows to what was needed most and then stays. */
final class Scratch {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Gpu gpu;
  private long address;
  private long held; // bytes
  private Cleaner.Cleanable memory;

  /** None at first. */
  Scratch(Gpu gpu) {
    this.gpu = gpu;
  }

  /** The address of at least so many bytes, undefined; the ones before are gone. */
  long atLeast(long bytes) {
    if (held < bytes) {
      if (memory != null) {
        memory.clean();
        held = 0;
      }
      long made = gpu.allocate(bytes);
      Gpu owner = gpu;
      memory = CLEANER.register(this, () -> owner.free(made));
      address = made;
      held = bytes;
    }
    return address;
  }
}
