package io.github.cola4j.spark.track;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Event files as TensorBoard sees a folder of them: files in the order of their names, the start of
 * a session making what is known of its step and later ones void. Reads Protocol Buffers by hand,
 * so that it has nothing in common with the writer.
 */
final class Events {
  private final Map<String, TreeMap<Long, Float>> byTag = new TreeMap<>();
  private final List<Long> starts = new ArrayList<>();

  static Events in(Path folder) throws IOException {
    Events events = new Events();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        assertThat(file.getFileName().toString()).contains("tfevents");
        events.read(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN));
      }
    }
    return events;
  }

  /** The values of a tag by step. */
  Map<Long, Float> scalars(String tag) {
    return byTag.getOrDefault(tag, new TreeMap<>());
  }

  List<String> tags() {
    return List.copyOf(byTag.keySet());
  }

  /** The steps at which sessions start. */
  List<Long> starts() {
    return starts;
  }

  private void read(ByteBuffer file) {
    while (file.hasRemaining()) {
      int length = (int) file.getLong();
      file.getInt(); // checksums are EventFileTest's
      event(file.slice(file.position(), length).order(ByteOrder.LITTLE_ENDIAN));
      file.position(file.position() + length + Integer.BYTES);
    }
  }

  private void event(ByteBuffer event) {
    long step = 0;
    while (event.hasRemaining()) {
      int key = (int) varint(event);
      switch (key >>> 3) {
        case 1 -> event.getDouble();
        case 2 -> step = varint(event);
        case 5 -> summary(bytes(event), step);
        case 7 -> start(step);
        default -> bytes(event);
      }
      if (key >>> 3 == 7) {
        bytes(event);
      }
    }
  }

  private void start(long step) {
    starts.add(step);
    byTag.values().forEach(points -> points.tailMap(step, true).clear());
  }

  private void summary(ByteBuffer summary, long step) {
    while (summary.hasRemaining()) {
      varint(summary);
      ByteBuffer value = bytes(summary);
      varint(value);
      ByteBuffer tag = bytes(value);
      varint(value);
      byTag
          .computeIfAbsent(UTF_8.decode(tag).toString(), t -> new TreeMap<>())
          .put(step, value.getFloat());
    }
  }

  private static ByteBuffer bytes(ByteBuffer from) {
    int length = (int) varint(from);
    ByteBuffer bytes = from.slice(from.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    from.position(from.position() + length);
    return bytes;
  }

  private static long varint(ByteBuffer from) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = from.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
