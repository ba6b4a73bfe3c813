package io.github.cola4j.examples.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Markdown page of the repository.
 *
 * @param name its path from the root
 */
record Page(String name, String text) {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern FENCED = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern LINK =
      Pattern.compile("\\]\\((?!https?:|mailto:)([^)#\\s]*)(?:#([^)\\s]*))?\\)");

  /** A block of code. */
  record Block(String language, String text) {}

  /**
   * A link to a file.
   *
   * @param path from the page; empty for the page itself
   * @param anchor in the file, or null
   */
  record Link(String path, String anchor) {}

  static Page of(String name) {
    try {
      return new Page(name, Files.readString(ROOT.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** README, CONTRIBUTING and all pages below docs. */
  static List<Page> all() throws IOException {
    List<Page> pages = new ArrayList<>();
    for (String name : List.of("README.md", "CONTRIBUTING.md", "SECURITY.md")) {
      pages.add(of(name));
    }
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      files
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .forEach(file -> pages.add(of(ROOT.relativize(file).toString().replace('\\', '/'))));
    }
    return pages;
  }

  Path file() {
    return ROOT.resolve(name);
  }

  List<Block> blocks() {
    return FENCED.matcher(text).results().map(b -> new Block(b.group(1), b.group(2))).toList();
  }

  List<String> blocks(String language) {
    return blocks().stream().filter(b -> b.language.equals(language)).map(Block::text).toList();
  }

  /** The text without blocks of code. */
  String prose() {
    return FENCED.matcher(text).replaceAll("");
  }

  List<Link> links() {
    return LINK.matcher(prose()).results().map(l -> new Link(l.group(1), l.group(2))).toList();
  }

  /** The names of headings, as GitHub makes them. */
  Set<String> anchors() {
    Map<String, Integer> counts = new HashMap<>();
    Set<String> anchors = new HashSet<>();
    Matcher headings = HEADING.matcher(prose());
    while (headings.find()) {
      String anchor =
          headings
              .group(1)
              .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
              .strip()
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
              .replace(' ', '-');
      int before = counts.merge(anchor, 1, Integer::sum) - 1;
      anchors.add(before == 0 ? anchor : anchor + "-" + before);
    }
    return anchors;
  }

  /** The words of every {@code bin/cola} line, without the first. */
  List<List<String>> commands() {
    return blocks("bash").stream()
        .flatMap(block -> block.replace("\\\n", " ").lines())
        .map(String::strip)
        .filter(line -> line.startsWith("bin/cola "))
        .map(Page::words)
        .toList();
  }

  /** As a shell splits a simple command, up to a comment, a pipe or a redirection. */
  private static List<String> words(String line) {
    String command = line.replaceFirst("\\s(#|\\||>|\\|\\||&&).*", "").strip();
    List<String> words = new ArrayList<>();
    Matcher matcher = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)").matcher(command);
    while (matcher.find()) {
      words.add(
          Stream.of(matcher.group(1), matcher.group(2), matcher.group(3))
              .filter(word -> word != null)
              .findFirst()
              .orElseThrow());
    }
    return words.subList(1, words.size());
  }
}
