package io.github.cola4j.nn.kernels.onednn;

import java.lang.ref.Cleaner;

/** Frees what the library made for an object that nobody uses any more. */
final class Natives {
  private static final Cleaner CLEANER = Cleaner.create();

  private Natives() {}

  /**
   * Runs an action some time after the object became unreachable.
   *
   * @param free must not refer to the object
   */
  static void whenUnreachable(Object object, Runnable free) {
    CLEANER.register(object, free);
  }
}
