package io.github.cola4j.examples.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The Java sources of the repository. */
final class Sources {
  private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");

  private Sources() {}

  /** A string of a source file. */
  record Literal(String file, String text) {}

  /** All sources, strings that are added up joined and unescaped. */
  static String text() throws IOException {
    return files("/src/(main|test)/java/").stream()
        .map(file -> joined(file).replace("\\\"", "\"").replace("\\\\", "\\"))
        .collect(Collectors.joining("\n"));
  }

  /** Every string of the program. */
  static List<Literal> literals() throws IOException {
    List<Literal> literals = new ArrayList<>();
    for (Path file : files("/src/main/java/")) {
      String code = joined(file).replaceAll("(?m)^\\s*(\\*|/\\*|//).*$", "");
      Matcher matcher = LITERAL.matcher(code);
      while (matcher.find()) {
        literals.add(new Literal(Page.ROOT.relativize(file).toString(), matcher.group(1)));
      }
    }
    return literals;
  }

  private static List<Path> files(String place) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> modules = Files.list(Page.ROOT)) {
      for (Path module :
          modules.filter(m -> m.getFileName().toString().startsWith("cola-")).toList()) {
        if (Files.isDirectory(module.resolve("src"))) {
          try (Stream<Path> files = Files.walk(module.resolve("src"))) {
            files
                .filter(file -> file.toString().endsWith(".java"))
                .filter(file -> Pattern.compile(place).matcher(file.toString()).find())
                .sorted()
                .forEach(found::add);
          }
        }
      }
    }
    return found;
  }

  private static String joined(Path file) {
    try {
      return JOINED.matcher(Files.readString(file)).replaceAll("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
