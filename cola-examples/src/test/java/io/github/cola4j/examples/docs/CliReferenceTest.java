package io.github.cola4j.examples.docs;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.cli.Cola;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The pages docs/reference/cli are what the command line says of itself. */
class CliReferenceTest {
  private static final String FOLDER = "docs/reference/cli/";

  /** Options of every command, which the index has. */
  private static final Set<String> COMMON =
      Set.of("--help", "--version", "--verbose", "--json", "--quiet");

  @Test
  void thePagesAreThoseOfTheCommands() throws IOException {
    CommandLine cola = Cola.commandLine();
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("index.md", index(cola));
    cola.getSubcommands().forEach((name, line) -> pages.put(name + ".md", page(name, line)));
    pages.remove("help.md");
    for (Map.Entry<String, String> page : pages.entrySet()) {
      Generated.require(FOLDER + page.getKey(), page.getValue());
    }
    try (Stream<Path> files = Files.list(Page.ROOT.resolve(FOLDER))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(pages.keySet());
    }
  }

  private static String index(CommandLine cola) {
    String commands =
        new TreeSet<>(cola.getSubcommands().keySet())
            .stream()
                .filter(name -> !name.equals("help"))
                .map(
                    name ->
                        String.format(
                            "| [`%s`](%s.md) | %s |\n",
                            name, name, description(cola.getSubcommands().get(name))))
                .collect(joining());
    CommandLine train = cola.getSubcommands().get("train");
    String common =
        train.getCommandSpec().options().stream()
            .filter(option -> COMMON.contains(option.longestName()))
            .map(CliReferenceTest::row)
            .collect(joining());
    return """
        # Command line

        `bin/cola COMMAND …`, or under `spark-submit` the class `io.github.cola4j.spark.cli.Cola`
        ([clusters](../../how-to/clusters.md)). These pages are generated from the program; `bin/cola COMMAND --help` prints the
        same. Exit codes are [elsewhere](../exit-codes.md).

        | command | |
        |---|---|
        %s
        ## Options of every command

        | option | meaning |
        |---|---|
        %s"""
        .formatted(commands, common);
  }

  private static String page(String name, CommandLine line) {
    StringBuilder text = new StringBuilder();
    text.append("# cola ").append(name).append("\n\n").append(description(line)).append("\n\n");
    if (line.getSubcommands().isEmpty()) {
      text.append(arguments("cola " + name, line));
    }
    line.getSubcommands()
        .forEach(
            (sub, below) -> {
              if (!sub.equals("help")) {
                text.append("## cola ").append(name).append(' ').append(sub).append("\n\n");
                text.append(description(below)).append("\n\n");
                text.append(arguments("cola " + name + " " + sub, below));
              }
            });
    return text.append("[Options of every command](index.md#options-of-every-command)\n")
        .toString();
  }

  private static String arguments(String command, CommandLine line) {
    List<PositionalParamSpec> positional = line.getCommandSpec().positionalParameters();
    String synopsis =
        Stream.concat(
                Stream.of(command, "[OPTIONS]"), positional.stream().map(CliReferenceTest::place))
            .collect(joining(" "));
    String rows =
        Stream.concat(
                positional.stream().map(CliReferenceTest::row),
                line.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .filter(option -> !COMMON.contains(option.longestName()))
                    .map(CliReferenceTest::row))
            .collect(joining());
    String table = rows.isEmpty() ? "" : "| | meaning |\n|---|---|\n" + rows + "\n";
    return "```\n" + synopsis + "\n```\n\n" + table;
  }

  private static String row(ArgSpec argument) {
    String name =
        argument instanceof OptionSpec option
            ? Stream.of(option.names()).map(n -> "`" + n + "`").collect(joining(", "))
                + (option.arity().max() == 0 ? "" : " `" + Generated.cell(label(option)) + "`")
            : "`" + place((PositionalParamSpec) argument) + "`";
    String required = argument.group() == null && argument.required() ? "Required. " : "";
    String description = Generated.cell(String.join(" ", argument.description()));
    return String.format("| %s | %s%s |\n", name, required, description);
  }

  private static String place(PositionalParamSpec argument) {
    return argument.paramLabel() + (argument.arity().max() > 1 ? "…" : "");
  }

  private static String label(OptionSpec option) {
    return option.paramLabel() + (option.splitRegex().isEmpty() ? "" : ",…");
  }

  private static String description(CommandLine line) {
    return Stream.of(line.getCommandSpec().usageMessage().description())
        .map(Generated::cell)
        .collect(Collectors.joining(" "));
  }
}
