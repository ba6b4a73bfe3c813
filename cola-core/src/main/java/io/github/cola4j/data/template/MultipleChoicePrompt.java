package io.github.cola4j.data.template;

import io.github.cola4j.data.MultipleChoice;
import java.io.Serializable;
import java.util.List;

/**
 * The multiple-choice prompt of the CoLA paper: what is asked for, solved examples if there are any
 * (k-shot), the question with its options, and {@code Answer:}. The answer is the option whose
 * letter the model holds for the most likely next.
 *
 * @param subject what the questions are about, as it stands in the first sentence
 * @param examples solved questions shown before; none for zero-shot
 */
public record MultipleChoicePrompt(String subject, List<MultipleChoice> examples)
    implements Serializable {
  /** Copies the examples. */
  public MultipleChoicePrompt {
    examples = List.copyOf(examples);
  }

  /** The prompt of a question. */
  public String of(MultipleChoice question) {
    StringBuilder text =
        new StringBuilder("The following are multiple choice questions (with answers) about ")
            .append(subject)
            .append(". Please provide only the correct option (one uppercase letter).\n\n");
    for (MultipleChoice example : examples) {
      append(text, example).append(' ').append(example.answerLetter()).append("\n\n");
    }
    return append(text, question).toString();
  }

  private static StringBuilder append(StringBuilder text, MultipleChoice question) {
    text.append(question.question());
    for (int i = 0; i < question.options().size(); i++) {
      text.append('\n').append(MultipleChoice.letter(i)).append(". ");
      text.append(question.options().get(i));
    }
    return text.append("\nAnswer:");
  }
}
