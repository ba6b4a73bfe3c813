package io.github.cola4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.io.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aFileAppearsWhenItIsCompleteAndNoOtherIsTouched() throws IOException {
    Path file = Files.writeString(folder.resolve("x.json"), "old");
    Files.writeString(folder.resolve("x.json.tmp"), "mine");
    AtomicFile.writeText(
        file,
        writer -> {
          writer.write("ünï\n");
          writer.flush();
          assertThat(file).hasContent("old");
        });
    assertThat(file).hasBinaryContent("ünï\n".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(
            () ->
                AtomicFile.writeText(
                    file,
                    writer -> {
                      writer.write("half");
                      writer.flush();
                      throw new IOException("stopped");
                    }))
        .hasMessage("stopped");
    assertThat(file).hasContent("ünï\n");
    assertThat(folder.resolve("x.json.tmp")).hasContent("mine");
    assertThat(names()).containsExactly("x.json", "x.json.tmp");
  }

  @Test
  void halfACharacterIsSaidWithTheFile() throws IOException {
    Path file = folder.resolve("x.json");
    for (String text : List.of("a\ud800b", "\udc00", "end\ud83d")) {
      assertThatThrownBy(() -> AtomicFile.writeString(file, text))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(file.toString(), "half of a surrogate pair");
    }
    AtomicFile.writeString(file, "\ud83d\ude00");
    assertThat(names()).containsExactly("x.json");
  }

  /** Whatever they are made of. */
  @Test
  void permissionsAreThoseOfAnyNewFile() throws IOException {
    Path plain = Files.writeString(folder.resolve("plain"), "x");
    Path secret = Files.writeString(folder.resolve("secret"), "x");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    AtomicFile.writeString(folder.resolve("text"), "x");
    AtomicFile.copy(secret, folder.resolve("copy"));
    SafetensorsWriter.write(
        folder.resolve("tensors"),
        Map.of("a", new SafetensorsWriter.Tensor(new long[] {1}, new float[] {1})),
        Map.of());
    for (String name : List.of("text", "copy", "tensors")) {
      assertThat(Files.getPosixFilePermissions(folder.resolve(name)))
          .isEqualTo(Files.getPosixFilePermissions(plain));
    }
  }

  @Test
  void aLinkStaysAndItsFileIsReplaced() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real")).resolve("x");
    Files.writeString(real, "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    AtomicFile.writeString(link, "new");
    assertThat(link).isSymbolicLink();
    assertThat(real).hasContent("new");
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("no"));
    assertThatThrownBy(() -> AtomicFile.writeString(dangling, "x")).isInstanceOf(IOException.class);
    assertThat(dangling).isSymbolicLink();
  }

  @Test
  void aPipeOrDeviceIsWrittenTo() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process reader = new ProcessBuilder("cat", pipe.toString()).start();
    AtomicFile.write(
        pipe,
        channel ->
            Channels.newOutputStream(channel).write("bytes".getBytes(StandardCharsets.UTF_8)));
    assertThat(reader.getInputStream().readAllBytes()).asString().isEqualTo("bytes");
    assertThat(reader.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(names()).containsExactly("pipe");
    AtomicFile.writeString(Path.of("/dev/null"), "x");
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
  }
}
