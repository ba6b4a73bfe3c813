package io.github.cola4j.examples.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of the README and the tutorials run as they are written, in their order, from a
 * folder that has nothing but {@code bin/cola} and what the page takes as given. A block whose
 * first line names a file is that file. Blocks that cannot run here are in {@code not-run.tsv}.
 */
@Tag("long")
@DisabledOnOs(OS.WINDOWS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PagesRunTest {
  private static final Pattern FILE = Pattern.compile("# ([\\w.-]+\\.(?:yaml|sh))");
  private static final Path TINY_LLAMA =
      Page.ROOT.resolve("cola-core/src/test/resources/goldens/decoder/llama/model");

  @TempDir static Path folder;

  private static Path place;
  private static Path pipes;
  private static Process server;

  /** A block that is not run. */
  private record NotRun(String page, String beginning, String reason) {}

  private static List<NotRun> notRun() throws IOException {
    return Files.readAllLines(Path.of("src/test/resources/docs/not-run.tsv")).stream()
        .map(line -> line.split("\t", -1))
        .map(cells -> new NotRun(cells[0], cells[1], cells[2]))
        .toList();
  }

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    place = Files.createDirectories(folder.resolve("place"));
    pipes = Files.createDirectories(folder.resolve("pipes"));
    for (String pipe : List.of("request", "reply")) {
      assertThat(new ProcessBuilder("mkfifo", pipes.resolve(pipe).toString()).start().waitFor())
          .isZero();
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ", -1)));
    command.addAll(
        List.of("-Xmx1500m", "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir")));
    command.addAll(List.of("-Dspark.master=local[2]", "-Dspark.sql.shuffle.partitions=2"));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(PageServer.class.getName(), pipes.toString()));
    server =
        new ProcessBuilder(command)
            .directory(place.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("server.log").toFile())
            .start();
  }

  @AfterAll
  static void stop() throws IOException, InterruptedException {
    if (server.isAlive()) {
      ProcessBuilder end =
          new ProcessBuilder("bash", "-c", "printf 'END\\0' > '" + pipes.resolve("request") + "'");
      end.start().waitFor(10, TimeUnit.SECONDS);
      if (!server.waitFor(20, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    }
  }

  @Test
  @Order(1)
  void yourOwnTable() throws Exception {
    empty();
    run("docs/tutorials/your-own-table.md");
    assertThat(Files.readAllLines(place.resolve("labelled.csv")).stream().map(PagesRunTest::label))
        .containsExactly("label", "billing", "delivery", "login");
    assertThat(place.resolve("results/report.html")).isNotEmptyFile();
  }

  private static String label(String line) {
    return line.split(",", -1)[1];
  }

  @Test
  @Order(2)
  void theReadme() throws Exception {
    empty();
    Files.createDirectories(place.resolve("data/topic"));
    Files.createDirectories(place.resolve("data/duplicate"));
    String topics = rows(16, "{\"text\": \"the bank %s\", \"label\": \"%s\"}");
    for (String file : List.of("data/topic/train.jsonl", "data/topic/test.jsonl", "new.jsonl")) {
      Files.writeString(place.resolve(file), topics);
    }
    Files.writeString(
        place.resolve("data/duplicate/a.csv"),
        "question1,question2,same\n" + rows(8, "the bank %s,the court,%s"));
    run("README.md");
    assertThat(place.resolve("results/adapters/topic/adapter.safetensors")).isNotEmptyFile();
    assertThat(place.resolve("results/adapters/duplicate/adapter.safetensors")).isNotEmptyFile();
    assertThat(Files.readAllLines(place.resolve("labelled.jsonl"))).hasSize(16);
    assertThat(place.resolve("topic-peft/adapter_config.json")).isNotEmptyFile();
  }

  private static String rows(int count, String row) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> row.formatted("rate ".repeat(i % 3 + 1).strip(), i % 2 == 0 ? "yes" : "no") + "\n")
        .collect(Collectors.joining());
  }

  @Test
  @Order(3)
  void theNightlyPipeline() throws Exception {
    empty();
    run("docs/tutorials/nightly-pipeline.md");
    assertThat(Files.readString(place.resolve("result.json"))).contains("\"status\":\"trained\"");
    assertThat(Files.readAllLines(place.resolve("labelled.jsonl")))
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).contains("\"label\":"));
  }

  /** The second page continues in the folder of the first; a tiny Llama stands for the model. */
  @Test
  @Order(4)
  void theChatModelAndPeft() throws Exception {
    empty();
    Path model = Files.createDirectories(place.resolve("SmolLM2-135M-Instruct"));
    try (Stream<Path> files = Files.list(TINY_LLAMA)) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    run("docs/tutorials/chat-model.md");
    assertThat(Files.readAllLines(place.resolve("answered.jsonl"))).hasSize(3);
    run("docs/tutorials/peft-and-vllm.md");
    assertThat(place.resolve("orders-model/model.safetensors")).isNotEmptyFile();
    assertThat(place.resolve("continued/adapters/orders/adapter.safetensors")).isNotEmptyFile();
  }

  /**
   * Each block of the README and the tutorials runs in one of the tests above, or has its reason.
   */
  @Test
  @Order(5)
  void everyPageIsRunOrSaysWhyNot() throws IOException {
    Set<String> run =
        Set.of(
            "README.md",
            "docs/tutorials/your-own-table.md",
            "docs/tutorials/nightly-pipeline.md",
            "docs/tutorials/chat-model.md",
            "docs/tutorials/peft-and-vllm.md");
    Set<NotRun> used = new LinkedHashSet<>();
    int blocks = 0;
    for (Page page : Page.all()) {
      if (page.name().equals("README.md") || page.name().startsWith("docs/tutorials/")) {
        for (String block : page.blocks("bash")) {
          if (!FILE.matcher(block.lines().findFirst().orElse("")).matches()) {
            NotRun reason = reason(page.name(), block);
            assertThat(reason != null || run.contains(page.name()))
                .as(page.name() + " has a block that is neither run nor in not-run.tsv:\n" + block)
                .isTrue();
            blocks++;
            if (reason != null) {
              used.add(reason);
            }
          }
        }
      }
    }
    assertThat(used).as("not-run.tsv has what no page has").hasSameElementsAs(notRun());
    System.out.printf("%d blocks of commands in README and tutorials, not run:%n", blocks);
    used.forEach(
        each -> System.out.printf("  %s: %s: %s%n", each.page, each.beginning, each.reason));
  }

  private static NotRun reason(String page, String block) throws IOException {
    return notRun().stream()
        .filter(each -> each.page.equals(page) && block.startsWith(each.beginning))
        .findFirst()
        .orElse(null);
  }

  private static void run(String name) throws IOException, InterruptedException {
    for (Page.Block block : Page.of(name).blocks()) {
      String first = block.text().lines().findFirst().orElse("");
      Matcher file = FILE.matcher(first);
      if (file.matches()) {
        Files.writeString(place.resolve(file.group(1)), block.text());
      } else if (block.language().equals("bash") && reason(name, block.text()) == null) {
        shell(name, block.text());
      }
    }
  }

  private static void shell(String name, String commands) throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
            .directory(place.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("shell.log").toFile())
            .start();
    boolean ended = false;
    for (int second = 0; second < 600 && !ended && server.isAlive(); second++) {
      ended = shell.waitFor(1, TimeUnit.SECONDS);
    }
    if (!ended) {
      shell.descendants().forEach(ProcessHandle::destroy);
      shell.destroyForcibly();
      server.destroyForcibly(); // it would wait for the shell to take its reply
    }
    String printed = Files.readString(folder.resolve("shell.log"), UTF_8);
    assertThat(ended && shell.exitValue() == 0)
        .as(
            name
                + ":\n"
                + commands
                + "\n"
                + printed
                + "\n"
                + Files.readString(folder.resolve("server.log")))
        .isTrue();
  }

  private static void empty() throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(place)) {
          Files.delete(file);
        }
      }
    }
    Path cola = place.resolve("bin/cola");
    Files.createDirectories(cola.getParent());
    Files.writeString(cola, PageServer.CLIENT.formatted(pipes));
    assertThat(cola.toFile().setExecutable(true)).isTrue();
  }
}
