package io.github.cola4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  void isFoundThroughALinkAndBuildsAgainWhenSourcesChangeButNotForTheirTimes() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("tools/cola"), home.resolve("bin/cola"));
    Path source = Files.writeString(home.resolve("cola-examples/src/main/A.java"), "class A {}");
    assertThat(run(link, "inspect").lines())
        .contains("mvn")
        .anyMatch(line -> line.startsWith("building CoLA4J (not built yet"));
    assertThat(home.resolve("cola-examples/target/built")).exists();
    for (Path file : List.of(source, home.resolve("pom.xml"))) {
      Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis() + 100_000));
    }
    assertThat(run(link, "inspect").lines())
        .doesNotContain("mvn")
        .noneMatch(line -> line.contains("building"));

    Files.writeString(source, "class A { }");
    assertThat(run(link, "inspect").lines())
        .contains("mvn", "building CoLA4J (sources changed) ...");
    assertThat(run(link, "inspect").lines()).doesNotContain("mvn");
    Files.move(source, source.resolveSibling("B.java"));
    assertThat(run(link, "inspect").lines()).contains("building CoLA4J (sources changed) ...");
    Files.writeString(home.resolve("cola-examples/pom.xml"), "<project/>");
    assertThat(run(link, "inspect").lines()).contains("building CoLA4J (sources changed) ...");
    java("21.0.2");
    assertThat(run(link, "inspect").lines())
        .contains("building CoLA4J (JDK changed to 21.0.2) ...");
    assertThat(run(link, "inspect").lines()).doesNotContain("mvn");
  }

  @Test
  void ofAllJarsOfABuildTheOneWithClassesIsRun() throws Exception {
    for (String other : List.of("licenses", "sources", "javadoc")) {
      Files.writeString(home.resolve("cola-examples/target/cola-examples-1-" + other + ".jar"), "");
    }
    assertThat(run(home.resolve("bin/cola"), "--help").lines())
        .anyMatch(
            line -> line.endsWith(":" + home.resolve("cola-examples/target/cola-examples-1.jar")));
  }

  @Test
  void aFailedBuildStopsIt() throws Exception {
    run(home.resolve("bin/cola"), "inspect");
    Files.writeString(home.resolve("cola-examples/src/main/A.java"), "class A {");
    program("tools/mvn", "echo broken; exit 3");
    for (int i = 0; i < 2; i++) {
      Run run = run(home.resolve("bin/cola"), "inspect");
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.lines())
          .contains("broken", "error: the build failed; nothing was run")
          .doesNotContain("inspect");
      assertThat(home.resolve("cola-examples/target/built")).doesNotExist();
    }
  }

  /**
   * Without flock, as on macOS, another lock is used.
   *
   * @param hidden a program that is not found
   */
  @ParameterizedTest
  @ValueSource(strings = {"none", "flock"})
  void ofTwoThatStartTogetherOneBuilds(String hidden) throws Exception {
    Path builds = folder.resolve("builds");
    program("tools/mvn", "sleep 1; echo build >>'" + builds + "'");
    Path only = Files.createDirectories(folder.resolve("only"));
    for (String name :
        ("bash env sed find sort sha256sum cut dirname basename readlink mkdir ln rm mv ls cat head"
                + " grep locale sleep flock")
            .split(" ", -1)) {
      Path real = Path.of("/usr/bin").resolve(name);
      if (!name.equals(hidden) && Files.exists(real)) {
        Path called =
            Files.writeString(only.resolve(name), "#!/bin/sh\nexec " + real + " \"$@\"\n");
        assertThat(called.toFile().setExecutable(true)).isTrue();
      }
    }
    // what a killed start has left
    Files.createSymbolicLink(
        home.resolve("cola-examples/target/builder"), Path.of(String.valueOf(Integer.MAX_VALUE)));
    String both =
        "PATH='%s:%s'; \"$0\" a & first=$!; \"$0\" b; second=$?; wait $first; echo $? $second"
            .formatted(folder.resolve("tools"), only);
    Run run = run(Path.of("/usr/bin/bash"), "-c", both, home.resolve("bin/cola").toString());
    assertThat(run.lines()).contains("a", "b").endsWith("7 7");
    assertThat(builds).hasContent("build");
  }

  /** As cron may: nothing in the environment, no terminal, all closed but what is read here. */
  @Test
  void startsWithoutHomeTerminalOrInput() throws Exception {
    String bare =
        "exec env -i PATH='%s':/usr/bin:/bin JAVA_HOME='%s' \"$0\" train job.yaml <&-"
            .formatted(folder.resolve("tools"), folder.resolve("jdk"));
    Run run = run(Path.of("/usr/bin/bash"), "-c", bare, home.resolve("bin/cola").toString());
    assertThat(run.exitCode()).isEqualTo(7);
    assertThat(run.lines()).endsWith("train", "job.yaml");
  }

  @Test
  void withoutMavenItSaysWhyItIsNeeded() throws Exception {
    String bare =
        "exec env -i PATH=/usr/bin:/bin JAVA_HOME='%s' \"$0\" doctor"
            .formatted(folder.resolve("jdk"));
    Run run = run(Path.of("/usr/bin/bash"), "-c", bare, home.resolve("bin/cola").toString());
    if (!Files.exists(Path.of("/usr/bin/mvn"))) {
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.lines()).hasSize(1);
      assertThat(run.lines().get(0)).startsWith("error: ").contains("not built yet", "mvn");
    }
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
