package io.github.cola4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Version and commit in every jar of this project. Runs after {@code package}. */
class ManifestIT {
  private static final Path TARGET = Path.of(System.getProperty("cola.target"));

  private static List<Path> jars() throws IOException {
    List<Path> jars = new ArrayList<>();
    for (Path folder : List.of(TARGET, TARGET.resolve("lib-cluster"))) {
      try (Stream<Path> files = Files.list(folder)) {
        files
            .filter(
                file ->
                    file.getFileName().toString().matches("cola-.*(?<!-sources|-javadoc)[.]jar"))
            .forEach(jars::add);
      }
    }
    if (!StandaloneCluster.ASSEMBLY.isEmpty()) {
      jars.add(Path.of(StandaloneCluster.ASSEMBLY));
    }
    return jars;
  }

  private static Attributes manifest(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.getManifest().getMainAttributes();
    }
  }

  @Test
  void everyJarHasOneVersionAndOneCommit() throws IOException {
    assertThat(jars().stream().map(jar -> jar.getFileName().toString()))
        .anyMatch(name -> name.startsWith("cola-core-"))
        .anyMatch(name -> name.startsWith("cola-dl4j-"))
        .anyMatch(name -> name.startsWith("cola-examples-"))
        .anyMatch(name -> name.startsWith("cola-spark-"));
    Attributes first = manifest(jars().get(0));
    for (Path jar : jars()) {
      Attributes manifest = manifest(jar);
      assertThat(jar.getFileName().toString())
          .contains("-" + manifest.getValue("Implementation-Version"));
      assertThat(manifest.getValue("Git-Commit"))
          .as(jar.toString())
          .matches("[0-9a-f]{12,40}(-dirty)?|unknown")
          .isEqualTo(first.getValue("Git-Commit"));
    }
  }

  @Test
  void theCommitIsThatOfTheCheckout() throws Exception {
    assumeThat(Path.of("../.git")).as("a checkout").exists();
    Process git = new ProcessBuilder("git", "rev-parse", "HEAD").start();
    String head = new String(git.getInputStream().readAllBytes(), UTF_8).strip();
    assumeThat(git.waitFor()).as("Git").isZero();
    for (Path jar : jars()) {
      String commit = manifest(jar).getValue("Git-Commit");
      assertThat(head).as(jar.toString()).startsWith(commit.replace("-dirty", ""));
    }
  }
}
