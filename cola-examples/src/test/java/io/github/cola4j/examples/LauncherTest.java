package io.github.cola4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/cola} with a JVM and a Maven that only print how they were called. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  @TempDir Path folder;
  private Path home;

  private record Run(int exitCode, List<String> lines) {}

  @BeforeEach
  void copy() throws IOException {
    home = folder.resolve("a clone");
    Files.createDirectories(home.resolve("cola-examples/src/main"));
    Files.createDirectories(home.resolve("cola-examples/target"));
    Files.createDirectories(folder.resolve("elsewhere"));
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(home.resolve("cola-examples/pom.xml"), "");
    Files.writeString(home.resolve("cola-examples/target/cola-examples-1.jar"), "");
    Path script = home.resolve("bin/cola");
    Files.createDirectories(script.getParent());
    Files.copy(Path.of("../bin/cola"), script);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    java("17.0.1");
    program("tools/mvn", "echo mvn; printf '%s\\n' \"$@\"");
  }

  private void java(String version) throws IOException {
    program(
        "jdk/bin/java",
        "if [ \"$1\" = -version ]; then echo 'openjdk version \""
            + version
            + "\"' >&2; exit; fi; printf '%s\\n' \"$@\"; exit 7");
  }

  private void program(String name, String body) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Run run(Path script, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(folder.resolve("elsewhere").toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder
        .environment()
        .merge("PATH", folder.resolve("tools") + ":", (path, tools) -> tools + path);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output.lines().toList());
  }

  @Test
  void buildsOnceAndPassesArgumentsAndExitCodeOn() throws Exception {
    Run first = run(home.resolve("bin/cola"), "train", "my job.yaml", "--set", "a=[b, c]");
    assertThat(first.exitCode()).isEqualTo(7);
    assertThat(first.lines())
        .contains("mvn", home.resolve("pom.xml").toString(), "package")
        .endsWith("io.github.cola4j.spark.cli.Cola", "train", "my job.yaml", "--set", "a=[b, c]")
        .contains("@" + home.resolve("cola-examples/target/jvm.options"));
    assertThat(run(home.resolve("bin/cola"), "--help").lines())
        .doesNotContain("mvn")
        .endsWith("io.github.cola4j.spark.cli.Cola", "--help");
  }

  @Test
  void isFoundThroughALinkAndBuildsAgainWhenSourcesChange() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("tools/cola"), home.resolve("bin/cola"));
    run(link, "inspect");
    Path built = home.resolve("cola-examples/target/built");
    assertThat(built).exists();
    assertThat(run(link, "inspect").lines()).doesNotContain("mvn");
    Files.setLastModifiedTime(built, java.nio.file.attribute.FileTime.fromMillis(1_000_000_000));
    assertThat(run(link, "inspect").lines()).contains("mvn");
  }

  @Test
  void aFailedBuildStopsIt() throws Exception {
    program("tools/mvn", "echo broken; exit 3");
    Run run = run(home.resolve("bin/cola"), "inspect");
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.lines()).contains("broken").doesNotContain("inspect");
    assertThat(home.resolve("cola-examples/target/built")).doesNotExist();
  }

  @Test
  void asksForAJavaThatIsNewEnough() throws Exception {
    java("11.0.2");
    Run run = run(home.resolve("bin/cola"), "inspect");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.lines()).hasSize(1);
    assertThat(run.lines().get(0)).startsWith("error: ").contains("Java 17", "is 11", "JAVA_HOME");
  }
}
