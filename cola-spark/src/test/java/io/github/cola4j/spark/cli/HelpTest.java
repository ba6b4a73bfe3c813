package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

class HelpTest {

  @Test
  void everyCommandIsExplainedWithAllItsOptions() {
    CommandLine line = new CommandLine(new Cola());
    String overview = CliRun.cola("--help").succeeds().out();
    for (String name : line.getSubcommands().keySet()) {
      assertThat(overview).containsPattern("\n +" + name + " +\\w");
      CommandLine command = line.getSubcommands().get(name);
      String help = CliRun.cola(name, "--help").succeeds().out();
      assertThat(help).contains("Usage: cola " + name);
      for (OptionSpec option : command.getCommandSpec().options()) {
        assertThat(help).as(name).contains(option.longestName());
        assertThat(option.description()).as(name + " " + option.longestName()).isNotEmpty();
      }
      for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
        assertThat(help).as(name).contains(parameter.paramLabel());
        assertThat(parameter.description()).as(name).isNotEmpty();
      }
    }
  }

  @Test
  void theVersionIsTold() {
    assertThat(CliRun.cola("--version").succeeds().out())
        .isEqualToIgnoringNewLines("CoLA4J (not packaged)");
  }
}
