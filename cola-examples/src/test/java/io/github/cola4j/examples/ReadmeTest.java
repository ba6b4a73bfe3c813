package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.compare.Comparison;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's and the job file page's commands and job files are right, and run. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path TINY_MODEL =
      ROOT.resolve("cola-core/src/test/resources/goldens/bert/model");
  private static final Path TINY_LLAMA =
      ROOT.resolve("cola-core/src/test/resources/goldens/decoder/llama/model");
  private static final Pattern FENCED = Pattern.compile("(?ms)^```(\\w+)\n(.*?)^```$");

  @TempDir Path folder;

  private static List<String> blocks(String file, String language) throws IOException {
    Matcher blocks = FENCED.matcher(Files.readString(ROOT.resolve(file)));
    return blocks.results().filter(b -> b.group(1).equals(language)).map(b -> b.group(2)).toList();
  }

  /** The arguments of every {@code bin/cola} line. */
  private static List<List<String>> commands(String file) throws IOException {
    return blocks(file, "bash").stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("bin/cola "))
        .map(line -> List.of(line.replaceFirst("\\s#.*", "").strip().split("\\s+")))
        .map(words -> words.subList(1, words.size()))
        .toList();
  }

  @Test
  void everyCommandIsOneOfTheCommandLine() throws IOException {
    List<List<String>> commands = commands("README.md");
    assertThat(commands.stream().map(command -> command.get(0)))
        .contains("quickstart", "inspect", "train", "evaluate", "predict");
    for (List<String> command : commands) {
      assertThatCode(() -> Cola.commandLine().parseArgs(command.toArray(String[]::new)))
          .as(command.toString())
          .doesNotThrowAnyException();
    }
  }

  /** Those without an output are tasks of one. */
  @Test
  void everyJobFileIsValid() throws IOException {
    for (String file : List.of("README.md", "docs/reference/job-file.md")) {
      List<Job> jobs = new ArrayList<>();
      for (String text : blocks(file, "yaml")) {
        boolean whole = text.contains("\noutput:");
        Path path = folder.resolve("job.yaml");
        Job job =
            JobFile.read(Files.writeString(path, whole ? text : text + "output: out\n"), List.of());
        if (whole) {
          jobs.add(job);
        }
      }
      assertThat(jobs).as(file).hasSize(2);
      assertThat(jobs).as(file).allSatisfy(job -> assertThat(job.tasks()).hasSize(2));
    }
  }

  @Test
  void theComparisonFileIsValid() throws IOException {
    List<String> files = blocks("docs/how-to/compare-methods.md", "yaml");
    assertThat(files).hasSize(1);
    Path file = Files.writeString(folder.resolve("comparison.yaml"), files.get(0));
    assertThat(Comparison.read(file, List.of()).output()).isEqualTo(folder.resolve("compared"));
    assertThat(commands("docs/how-to/compare-methods.md"))
        .isEqualTo(
            commands("README.md").stream()
                .filter(command -> List.of("wordnet", "compare").contains(command.get(0)))
                .toList());
  }

  @Test
  void theOwnTasksCommandsRunInTheirOrder() throws IOException {
    Files.writeString(folder.resolve("job.yaml"), blocks("README.md", "yaml").get(0));
    Files.createDirectories(folder.resolve("data/topic"));
    Files.createDirectories(folder.resolve("data/duplicate"));
    String topics = rows(16, "{\"text\": \"the bank %s\", \"label\": \"%s\"}");
    for (String file :
        List.of("data/topic/train.jsonl", "data/topic/test.jsonl", "more.jsonl", "new.jsonl")) {
      Files.writeString(folder.resolve(file), topics);
    }
    Files.writeString(
        folder.resolve("data/duplicate/a.csv"),
        "question1,question2,same\n" + rows(8, "the bank %s,the court,%s"));

    List<String> ran = new ArrayList<>();
    for (List<String> command : commands("README.md")) {
      boolean own = !List.of("quickstart", "wordnet", "compare").contains(command.get(0));
      if (own && !command.contains("dialogues.yaml")) {
        List<String> arguments =
            command.stream().map(this::inFolder).collect(Collectors.toCollection(ArrayList::new));
        if (command.contains("job.yaml")) {
          arguments.addAll(List.of("--set", "model=" + TINY_MODEL));
        }
        assertThat(Cola.run(arguments.toArray(String[]::new))).as(command.toString()).isZero();
        ran.add(command.get(0));
      }
    }
    assertThat(ran)
        .containsExactly("inspect", "train", "evaluate", "predict", "export", "merge", "combine");
    for (String file :
        List.of(
            "topic-peft/adapter_config.json",
            "topic-model/model.safetensors",
            "topic-small/adapter.safetensors")) {
      assertThat(folder.resolve(file)).isNotEmptyFile();
    }
    assertThat(folder.resolve("results/adapters/topic/adapter.safetensors")).isNotEmptyFile();
    assertThat(folder.resolve("results/adapters/duplicate/adapter.safetensors")).isNotEmptyFile();
    assertThat(Files.readAllLines(folder.resolve("labelled.jsonl"))).hasSize(16);
  }

  @Test
  void theLanguageModelsCommandsRunInTheirOrder() throws IOException {
    Files.writeString(folder.resolve("dialogues.yaml"), blocks("README.md", "yaml").get(1));
    Files.createDirectories(folder.resolve("data/support"));
    Files.writeString(
        folder.resolve("data/math.json"),
        rows(8, "{\"instruction\": \"the rate %s\", \"output\": \"%s\"}"));
    Files.writeString(
        folder.resolve("data/support/a.jsonl"),
        rows(
            8,
            "{\"messages\": [{\"role\": \"user\", \"content\": \"the bank %s\"},"
                + " {\"role\": \"assistant\", \"content\": \"%s\"}]}"));
    Files.writeString(folder.resolve("data/math-test.csv"), "the rate?,one,two,A\n");

    List<String> ran = new ArrayList<>();
    for (List<String> command : commands("README.md")) {
      if (command.contains("dialogues.yaml")) {
        List<String> arguments =
            command.stream().map(this::inFolder).collect(Collectors.toCollection(ArrayList::new));
        arguments.addAll(List.of("--set", "model=" + TINY_LLAMA));
        assertThat(Cola.run(arguments.toArray(String[]::new))).as(command.toString()).isZero();
        ran.add(command.get(0));
      }
    }
    assertThat(ran).containsExactly("inspect", "train");
    assertThat(folder.resolve("answers/adapters/math/adapter.safetensors")).isNotEmptyFile();
    assertThat(folder.resolve("answers/adapters/support/adapter.safetensors")).isNotEmptyFile();
    assertThat(Files.readString(folder.resolve("answers/results.json"))).contains("choiceAccuracy");
  }

  private static String rows(int count, String row) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> row.formatted("rate ".repeat(i % 3 + 1).strip(), i % 2 == 0 ? "yes" : "no") + "\n")
        .collect(Collectors.joining());
  }

  private String inFolder(String word) {
    return word.matches("results/.*|topic-.*|.*\\.(jsonl|yaml)")
        ? folder.resolve(word).toString()
        : word;
  }

  @Test
  void everyFileTheDocumentationLinksIsThere() throws IOException {
    Pattern link = Pattern.compile("\\]\\((?!https?:|#)([^)#]+)[^)]*\\)");
    try (Stream<Path> pages = Files.walk(ROOT.resolve("docs"))) {
      List<Path> all = pages.filter(p -> p.toString().endsWith(".md")).collect(Collectors.toList());
      all.addAll(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
      for (Path page : all) {
        for (String target :
            link.matcher(Files.readString(page)).results().map(r -> r.group(1)).toList()) {
          assertThat(page.resolveSibling(target)).as(page.toString()).exists();
        }
      }
    }
  }
}
