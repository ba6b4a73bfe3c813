package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.job.spec.InvalidJobException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options that only one kind of adapter has. */
public final class Kinds {
  private Kinds() {}

  /** Refuses options of classifiers. */
  public static void languageModel(CommandSpec command, String... mixins) {
    refuse(command, "a classifier's, the adapter is a language model's", mixins);
  }

  /** Refuses options of language models. */
  public static void classifier(CommandSpec command, String... mixins) {
    refuse(command, "a language model's, the adapter is a classifier's", mixins);
  }

  private static void refuse(CommandSpec command, String why, String... mixins) {
    for (String mixin : mixins) {
      for (OptionSpec option : command.mixins().get(mixin).options()) {
        String name = option.longestName();
        if (command.commandLine().getParseResult().hasMatchedOption(name)) {
          throw new InvalidJobException(name + " is an option of " + why, null);
        }
      }
    }
  }
}
