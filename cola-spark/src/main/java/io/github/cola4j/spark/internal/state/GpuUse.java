package io.github.cola4j.spark.internal.state;

import io.github.cola4j.nn.DeviceUse;
import java.io.Serializable;

/**
 * What is in use of the GPUs that train shards, as seen when each shard was trained.
 *
 * @param bytes in use on one GPU, at most
 * @param busySeconds seconds of training, each shard's times its GPU's utilisation
 * @param seconds of the shards whose GPU's utilisation is known
 */
public record GpuUse(long bytes, double busySeconds, double seconds) implements Serializable {
  public static final GpuUse NONE = new GpuUse(0, 0, 0);

  /**
   * Of one shard.
   *
   * @param device that trained it; null where the CPU did
   * @param seconds that it took
   */
  public static GpuUse ofShard(DeviceUse device, double seconds) {
    if (device == null) {
      return NONE;
    }
    return device.busy() == null
        ? new GpuUse(device.bytes(), 0, 0)
        : new GpuUse(device.bytes(), seconds * device.busy(), seconds);
  }

  public GpuUse plus(GpuUse other) {
    return new GpuUse(
        Math.max(bytes, other.bytes), busySeconds + other.busySeconds, seconds + other.seconds);
  }

  /** The most of one GPU; null if no shard was trained on one. */
  public Long mostBytes() {
    return bytes == 0 ? null : bytes;
  }

  /** Mean over the seconds of training, from 0 to 1; null if it is unknown. */
  public Double utilization() {
    return seconds == 0 ? null : busySeconds / seconds;
  }
}
