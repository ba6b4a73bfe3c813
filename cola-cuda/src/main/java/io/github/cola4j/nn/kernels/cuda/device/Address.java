package io.github.cola4j.nn.kernels.cuda.device;

import org.bytedeco.javacpp.Pointer;

/** A pointer of which nothing is known but where it points, in the host's or a device's memory. */
public final class Address extends Pointer {

  /** At an address. */
  Address(long value) {
    address = value;
  }

  /** Some bytes behind a pointer's position, whose memory somebody else keeps. */
  public static Address of(Pointer pointer, long bytes) {
    return new Address(pointer.address() + pointer.position() * pointer.sizeof() + bytes);
  }

  /** Positions are bytes. */
  @Override
  public int sizeof() {
    return 1;
  }

  /** Makes it point elsewhere. */
  Address at(long value) {
    address = value;
    return this;
  }
}
