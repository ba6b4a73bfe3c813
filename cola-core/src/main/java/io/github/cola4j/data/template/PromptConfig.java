package io.github.cola4j.data.template;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;

/**
 * How dialogues are written for a language model.
 *
 * @param template a name of {@link PromptTemplates#NAMES}; {@code model} is the model's own
 * @param trainOnPrompt whether prompts are learnt too, not only answers
 * @param date what a template that writes today's date writes, so that it is the same at training
 *     and in use; as 2024-07-26
 * @param thinking whether the assistant thinks before it answers, for a model's template that asks:
 *     false leaves reasoning out of answers. Null leaves it to the template
 * @param controlTokens whether the texts of special tokens in messages that are not the assistant's
 *     control the model; else they are plain text
 */
@RecordBuilder
public record PromptConfig(
    String template, Boolean trainOnPrompt, String date, Boolean thinking, Boolean controlTokens)
    implements Serializable, PromptConfigBuilder.With {

  /** The date that Llama 3's own template writes where it cannot ask for today's. */
  private static final String DATE = "2024-07-26";

  /** Fills in defaults and checks every value. */
  public PromptConfig {
    template = template == null ? PromptTemplates.ALPACA : template;
    trainOnPrompt = trainOnPrompt != null && trainOnPrompt;
    date = date == null ? DATE : date;
    controlTokens = controlTokens != null && controlTokens;
    if (!PromptTemplates.NAMES.contains(template)) {
      throw new IllegalArgumentException(
          "prompt.template must be one of "
              + String.join(", ", PromptTemplates.NAMES)
              + ", got '"
              + template
              + "'");
    }
    try {
      LocalDate.parse(date);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "prompt.date must be a date as 2024-07-26, got '" + date + "'", e);
    }
  }

  /** Every default. */
  public static PromptConfig defaults() {
    return PromptConfigBuilder.builder().build();
  }
}
