package io.github.cola4j.spark.checkpoint;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.io.Sha256;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.Evaluation;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * {@code manifest.json}, the last file of a checkpoint: all but the vectors, and which files there
 * must be. It carries a SHA-256 of its own content.
 *
 * @param format 1
 * @param round that is done
 * @param of what decides the result
 * @param tasks in the order of the job
 * @param files by name, all but the manifest
 */
record Manifest(
    int format, int round, Map<String, String> of, List<Task> tasks, Map<String, Entry> files) {
  static final String NAME = "manifest.json";
  static final int FORMAT = 1;

  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final String DIGEST = "sha256";
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /** A task without its vectors, which {@code file} has. */
  record Task(
      String name,
      String file,
      int step,
      int rounds,
      int bestRound,
      Evaluation bestValidation,
      TrainingSnapshot.Stopping stopping) {

    TrainingSnapshot.Task with(Supplier<Map<String, float[]>> vectors) {
      return new TrainingSnapshot.Task(
          name, step, rounds, bestRound, bestValidation, stopping, vectors);
    }
  }

  /** What a file must be. */
  record Entry(long bytes, String sha256) implements Serializable {}

  /** Refuses another format, and names that are no files of the checkpoint's own folder. */
  Manifest {
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "expected format " + FORMAT + ", got " + format + " of another version of CoLA4J");
    }
    if (of == null || tasks == null || files == null) {
      throw new IllegalArgumentException("it has no 'of', 'tasks' or 'files'");
    }
    for (String name : files.keySet()) {
      if (!FILE.matcher(name).matches() || name.equals(NAME)) {
        throw new IllegalArgumentException("'" + name + "' is no name of a checkpoint's file");
      }
    }
    for (Task task : tasks) {
      boolean validated = task.bestRound() > 0;
      if (validated != (task.bestValidation() != null) || task.stopping() == null) {
        throw new IllegalArgumentException("the task '" + task.name() + "' is not complete");
      }
      if (!files.containsKey(task.file())) {
        throw new IllegalArgumentException(
            "the task '"
                + task.name()
                + "' has the file '"
                + task.file()
                + "', which is not there");
      }
    }
  }

  byte[] toBytes() throws IOException {
    ObjectNode tree = MAPPER.valueToTree(this);
    tree.put(DIGEST, digest(tree));
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree);
  }

  /**
   * Reads what {@link #toBytes} gives.
   *
   * @throws IOException if it is no JSON
   * @throws IllegalArgumentException if it is not what was written
   */
  static Manifest of(byte[] bytes) throws IOException {
    if (!(MAPPER.readTree(bytes) instanceof ObjectNode tree)) {
      throw new IllegalArgumentException("it is no JSON object");
    }
    JsonNode expected = tree.remove(DIGEST);
    if (expected == null || !expected.asText().equals(digest(tree))) {
      throw new IllegalArgumentException("its content has not the SHA-256 that it names");
    }
    return MAPPER.treeToValue(tree, Manifest.class);
  }

  private static String digest(ObjectNode tree) throws IOException {
    return Sha256.of(MAPPER.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8));
  }
}
