package io.github.cola4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.cli.Cola;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * Words of our own for what the field has a term for are in no page, help text or message. {@code
 * words.tsv} has them with the term to take, {@code words-allowed.tsv} exceptions with a reason.
 */
class VocabularyTest {
  private static final Path RESOURCES = Path.of("src/test/resources/docs");

  /** A text and where it is. */
  private record Place(String where, String text) {}

  @Test
  void noPageHelpTextOrMessageHasAWordOfOurOwn() throws IOException {
    List<List<String>> words = rows("words.tsv");
    List<List<String>> allowed = rows("words-allowed.tsv");
    List<String> found = new ArrayList<>();
    for (Place place : places()) {
      for (List<String> word : words) {
        Pattern pattern = Pattern.compile(word.get(0), Pattern.CASE_INSENSITIVE);
        if (pattern.matcher(place.text()).find()) {
          boolean exception =
              allowed.stream()
                  .filter(row -> place.where().startsWith(row.get(0)))
                  .anyMatch(row -> place.text().matches(row.get(1)));
          if (!exception) {
            found.add(place.where() + ": " + place.text().strip() + "\n  take: " + word.get(1));
          }
        }
      }
    }
    assertThat(found).isEmpty();
  }

  private static List<Place> places() throws IOException {
    List<Place> places = new ArrayList<>();
    for (Page page : Page.all()) {
      page.prose().lines().forEach(line -> places.add(new Place(page.name(), line)));
    }
    for (Sources.Literal literal : Sources.literals()) {
      places.add(new Place(literal.file(), literal.text()));
    }
    help("cola", Cola.commandLine(), places);
    return places;
  }

  private static void help(String name, CommandLine line, List<Place> places) {
    Stream.concat(
            Stream.of(line.getCommandSpec().usageMessage().description()),
            line.getCommandSpec().args().stream().flatMap(arg -> Stream.of(arg.description())))
        .forEach(text -> places.add(new Place(name, text)));
    line.getSubcommands().forEach((sub, below) -> help(name + " " + sub, below, places));
  }

  private static List<List<String>> rows(String file) throws IOException {
    return Files.readAllLines(RESOURCES.resolve(file)).stream()
        .map(line -> List.of(line.split("\t", -1)))
        .toList();
  }
}
