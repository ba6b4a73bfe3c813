package io.github.cola4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.compare.Comparison;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What pages link, command, configure and quote is there. */
class DocumentsTest {
  @TempDir Path folder;

  @Test
  void everyLinkedFileAndHeadingIsThere() throws IOException {
    List<Page> pages = new ArrayList<>(Page.all());
    for (String name :
        List.of(
            "cola-examples/BENCHMARKS.md",
            "cola-examples/notebooks/README.md",
            "tools/README.md")) {
      pages.add(Page.of(name));
    }
    List<String> broken = new ArrayList<>();
    for (Page page : pages) {
      for (Page.Link link : page.links()) {
        Path target =
            link.path().isEmpty()
                ? page.file()
                : page.file().resolveSibling(link.path()).normalize();
        boolean there =
            Files.exists(target)
                && (link.anchor() == null
                    || !target.toString().endsWith(".md")
                    || Page.of(Page.ROOT.relativize(target).toString())
                        .anchors()
                        .contains(link.anchor()));
        if (!there) {
          broken.add(page.name() + ": " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** Every page of docs can be reached from the front page in three clicks. */
  @Test
  void everyPageIsThreeClicksAwayAtMost() throws IOException {
    Set<Path> reached = new TreeSet<>(Set.of(Page.ROOT.resolve("README.md")));
    for (int click = 0; click < 3; click++) {
      Set<Path> next = new TreeSet<>(reached);
      for (Path file : reached) {
        if (file.toString().endsWith(".md") && Files.exists(file)) {
          Page page = Page.of(Page.ROOT.relativize(file).toString());
          page.links().stream()
              .filter(link -> !link.path().isEmpty())
              .forEach(link -> next.add(file.resolveSibling(link.path()).normalize()));
        }
      }
      reached = next;
    }
    assertThat(Page.all().stream().map(Page::file)).isSubsetOf(reached);
  }

  @Test
  void everyCommandIsOneOfTheCommandLine() throws IOException {
    int commands = 0;
    for (Page page : Page.all()) {
      for (List<String> command : page.commands()) {
        if (command.stream().noneMatch(word -> word.equals("…"))) {
          assertThatCode(() -> Cola.commandLine().parseArgs(command.toArray(String[]::new)))
              .as(page.name() + ": " + command)
              .doesNotThrowAnyException();
          commands++;
        }
      }
    }
    assertThat(commands).isGreaterThan(40);
  }

  /** A block without tasks is a part of a job, one without an output a job's tasks. */
  @Test
  void everyJobFileIsValid() throws IOException {
    int jobs = 0;
    for (Page page : Page.all()) {
      for (String text : page.blocks("yaml")) {
        Path path = folder.resolve("file.yaml");
        if (text.matches("(?s).*^job:.*|(?s)(.*\n)?job:.*")) {
          Files.writeString(path, text);
          assertThat(Comparison.read(path, List.of()).output()).as(page.name()).isNotNull();
        } else {
          String tasks =
              text.matches("(?s)(.*\n)?tasks:.*") ? "" : "tasks: [{name: x, train: y}]\n";
          String output = text.matches("(?s)(.*\n)?output:.*") ? "" : "output: out\n";
          Files.writeString(path, text + tasks + output);
          assertThatCode(() -> JobFile.read(path, List.of()))
              .as(page.name() + ":\n" + text)
              .doesNotThrowAnyException();
        }
        jobs++;
      }
    }
    assertThat(jobs).isGreaterThan(12);
  }

  /** Each key of the records is the first cell of a row on one of the job file's pages. */
  @Test
  void everyKeyOfTheJobFileHasARow() throws IOException {
    Set<String> rows =
        Page.all().stream()
            .filter(page -> page.name().startsWith("docs/reference/job-file/"))
            .flatMap(page -> page.text().lines())
            .filter(line -> line.startsWith("| "))
            .flatMap(
                line ->
                    Pattern.compile("`([^`]+)`")
                        .matcher(line.split("(?<!\\\\)\\|", -1)[1])
                        .results()
                        .map(found -> found.group(1)))
            .collect(Collectors.toSet());
    List<String> keys = new ArrayList<>();
    keys(Job.class, "", keys);
    assertThat(keys).hasSizeGreaterThan(90);
    assertThat(keys)
        .allSatisfy(
            key -> assertThat(rows).as(key).anyMatch(row -> ("." + key).endsWith("." + row)));
  }

  private static void keys(Type type, String path, List<String> keys) {
    if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
      keys(generic.getActualTypeArguments()[0], path.replaceFirst("\\.$", "[]."), keys);
    } else if (type instanceof Class<?> record && record.isRecord()) {
      for (RecordComponent component : record.getRecordComponents()) {
        keys.add(path + component.getName());
        keys(component.getGenericType(), path + component.getName() + ".", keys);
      }
    }
  }

  /** What stands between the dots of a message is in the sources, or in a test that expects it. */
  @Test
  void everyMessageOfTroubleshootingIsOneOfTheProgram() throws IOException {
    String sources = Sources.text();
    List<String> unknown = new ArrayList<>();
    int messages = 0;
    for (String line : Page.of("docs/troubleshooting.md").prose().lines().toList()) {
      if (line.startsWith("| `")) {
        messages++;
        for (String part : line.split("`", -1)[1].split("…", -1)) {
          if (!sources.contains(part.strip())) {
            unknown.add(line.split("`", -1)[1]);
          }
        }
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(messages).isGreaterThan(40);
  }

  @Test
  void everyDecisionStandsInTheIndex() throws IOException {
    Set<String> listed =
        Page.of("docs/adr/README.md").links().stream()
            .map(Page.Link::path)
            .collect(Collectors.toCollection(TreeSet::new));
    try (Stream<Path> files = Files.list(Page.ROOT.resolve("docs/adr"))) {
      assertThat(listed)
          .isEqualTo(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.matches("\\d{4}-.*\\.md"))
                  .collect(Collectors.toCollection(TreeSet::new)));
    }
    for (String line : Page.of("docs/adr/README.md").text().lines().toList()) {
      if (line.startsWith("| [")) {
        assertThat(line).matches(".*\\| (in force|(amended|replaced) by \\d{4}(, \\d{4})*) \\|");
      }
    }
  }
}
