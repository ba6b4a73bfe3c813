package io.github.cola4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The models of the golden values. The BERT: two layers, width 32, 64 positions, 200 entries. The
 * Llama: three layers, width 48, 256 positions, 300 entries, in two shards.
 */
public final class TinyModel {
  private static final Path GOLDENS =
      Path.of("../cola-core/src/test/resources/goldens").toAbsolutePath().normalize();

  /** The BERT's folder. */
  public static final Path FOLDER = GOLDENS.resolve("bert/model");

  /** The Llama's folder. */
  public static final Path LLAMA = GOLDENS.resolve("decoder/llama/model");

  /** The Mistral's: two layers, width 40, 128 positions, one file of BF16. */
  public static final Path MISTRAL = GOLDENS.resolve("decoder/mistral/model");

  private TinyModel() {}

  /** Copies the BERT, to be damaged. */
  public static Path copyTo(Path folder) throws IOException {
    return copy(FOLDER, folder);
  }

  /** Copies a model, to be damaged. */
  public static Path copy(Path model, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    return folder;
  }
}
