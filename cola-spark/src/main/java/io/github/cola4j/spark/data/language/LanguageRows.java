package io.github.cola4j.spark.data.language;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Document;
import io.github.cola4j.data.Preference;
import io.github.cola4j.data.template.ControlTexts;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.preference.PreferenceConfig;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.language.LanguageModeling;
import io.github.cola4j.train.language.PreferenceOptimization;
import io.github.cola4j.train.language.TextModeling;
import java.io.Serializable;
import java.util.List;

/**
 * How a language model's rows are read, and what it learns from them.
 *
 * @param <E> an example
 * @param rule when a row is one
 * @param objective what is learnt from it
 */
public record LanguageRows<E extends Serializable>(RowRule<E> rule, Objective<E> objective)
    implements Serializable {

  /**
   * Rows of a format.
   *
   * @param prompt how dialogues are written
   * @param preference how preferences are learnt; null for the defaults
   * @param controls the model's special tokens, which are remarked where a message has one
   */
  public static LanguageRows<?> of(
      DialogueFormat format,
      DialogueColumns columns,
      PromptConfig prompt,
      PreferenceConfig preference,
      List<String> controls) {
    return switch (format) {
      case TEXT -> texts(columns, prompt);
      case PREFERENCE -> preferences(columns, prompt, preference, controls);
      default -> dialogues(format, columns, prompt, controls);
    };
  }

  /** Dialogues with answers, which are learnt. */
  public static LanguageRows<Dialogue> dialogues(
      DialogueFormat format, DialogueColumns columns, PromptConfig prompt) {
    return new LanguageRows<>(
        new DialogueRule(format, columns, true), new LanguageModeling(prompt));
  }

  /**
   * Dialogues with answers, as above.
   *
   * @param controls the model's special tokens, which are remarked where a message has one; so is
   *     what the prompt leaves out of rows
   */
  public static LanguageRows<Dialogue> dialogues(
      DialogueFormat format, DialogueColumns columns, PromptConfig prompt, List<String> controls) {
    return new LanguageRows<>(
        new DialogueRule(format, columns, true, ControlTexts.of(controls), prompt),
        new LanguageModeling(prompt));
  }

  /**
   * Texts, all of which is learnt.
   *
   * @param prompt how dialogues are written where the adapter answers some
   */
  public static LanguageRows<Document> texts(DialogueColumns columns, PromptConfig prompt) {
    return new LanguageRows<>(new DocumentRule(columns.text()), new TextModeling(prompt));
  }

  /**
   * Pairs of answers of which one is preferred.
   *
   * @param preference how they are learnt; null for the defaults
   * @param controls the model's special tokens, which are remarked where a message has one
   */
  public static LanguageRows<Preference> preferences(
      DialogueColumns columns,
      PromptConfig prompt,
      PreferenceConfig preference,
      List<String> controls) {
    DialogueRule dialogue =
        new DialogueRule(DialogueFormat.AUTO, columns, false, ControlTexts.of(controls), prompt);
    return new LanguageRows<>(
        new PreferenceRule(columns, dialogue),
        new PreferenceOptimization(
            prompt, preference == null ? PreferenceConfig.defaults() : preference));
  }
}
