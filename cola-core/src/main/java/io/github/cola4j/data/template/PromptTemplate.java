package io.github.cola4j.data.template;

import io.github.cola4j.data.Dialogue;
import java.io.Serializable;
import java.util.List;

/** How a dialogue is written as one text; a pure value. {@link PromptTemplates} names them. */
public interface PromptTemplate extends Serializable {
  /**
   * The whole dialogue. The assistant's contents with the marks of their end are supervised, unless
   * they are not to be learnt; nothing else is.
   *
   * @return the text's pieces in order, neighbours of different kinds
   * @throws IllegalArgumentException if it has no assistant message, or the template cannot render
   *     it
   */
  List<Segment> render(Dialogue dialogue);

  /**
   * The text after which the assistant speaks.
   *
   * @throws IllegalArgumentException if it is not the assistant's turn, or the template cannot
   *     render it
   */
  String prompt(Dialogue dialogue);

  /**
   * The dialogues to learn in the place of one: itself, or one for each answer that is learnt where
   * the template writes earlier answers otherwise once others follow. What comes before an answer
   * is given there, as it is in use.
   */
  default List<Dialogue> parts(Dialogue dialogue) {
    return List.of(dialogue);
  }

  /** The special tokens it writes itself; the tokenizer must have each as one token. */
  List<String> specialTokens();
}
