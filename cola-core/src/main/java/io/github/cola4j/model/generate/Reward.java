package io.github.cola4j.model.generate;

import io.github.cola4j.model.Answers;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;

/** How good a text is that ends with a step just written. */
@FunctionalInterface
public interface Reward {
  /**
   * Scores a text.
   *
   * @param tokens prompt and all steps so far
   * @return of 0 to 1
   */
  double of(Pass pass, int[] tokens);

  /**
   * The probability that a classifier gives a label. It reads the tokens as they are.
   *
   * @param classifier refreshed
   * @param label its number
   */
  static Reward of(TextClassifier classifier, int label) {
    return (pass, tokens) -> {
      pass.startEvaluation();
      TokenBatch batch =
          new TokenBatch(tokens, new int[tokens.length], new int[] {0, tokens.length});
      return Answers.probabilities(classifier.logits(pass, batch).toArray())[label];
    };
  }
}
