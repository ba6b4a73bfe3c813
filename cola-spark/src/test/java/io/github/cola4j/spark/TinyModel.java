package io.github.cola4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The models of the golden values. */
public final class TinyModel {
  /** The BERT: two layers, width 32, 64 positions, 200 entries. */
  public static final Path FOLDER =
      Path.of("../cola-core/src/test/resources/goldens/bert/model").toAbsolutePath().normalize();

  /** The Llama: three blocks, width 48, 256 positions, 300 entries. */
  public static final Path LLAMA =
      Path.of("../cola-core/src/test/resources/goldens/decoder/llama/model")
          .toAbsolutePath()
          .normalize();

  private TinyModel() {}

  /** Copies the BERT, to be damaged. */
  public static Path copyTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    return folder;
  }
}
