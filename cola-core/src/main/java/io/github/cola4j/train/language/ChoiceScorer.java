package io.github.cola4j.train.language;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.MultipleChoicePrompt;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.train.Evaluation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Answers multiple-choice questions as the paper does: the option whose letter has the largest
 * logit after the prompt's last token. Only the letters' logits are computed.
 */
public final class ChoiceScorer {
  private final BaseModel base;
  private final MultipleChoicePrompt prompt;
  private final PromptConfig template;
  private final int maxTokens;

  /**
   * A scorer.
   *
   * @param template writes the prompt as a user's message; null leaves it as the paper has it, and
   *     the letter is then expected after a space
   * @param maxTokens computed at once
   */
  public ChoiceScorer(
      BaseModel base, MultipleChoicePrompt prompt, PromptConfig template, int maxTokens) {
    this.base = base;
    this.prompt = prompt;
    this.template = template;
    this.maxTokens = maxTokens;
  }

  /**
   * The counts of right answers, by option.
   *
   * @param model refreshed, for evaluation
   * @throws IllegalArgumentException if a prompt is longer than the model's positions
   */
  public Evaluation score(LanguageModel model, Pass pass, List<MultipleChoice> questions) {
    Tokenizer tokenizer = base.textTokenizer();
    List<Sample> samples = new ArrayList<>();
    for (MultipleChoice question : questions) {
      int[] ids = ids(tokenizer, question);
      requireFit(question, ids.length);
      samples.add(new Sample(ids, new int[ids.length], question.answer()));
    }
    int[] letters = new int[MultipleChoice.MAX_OPTIONS];
    for (int option = 0; option < letters.length; option++) {
      letters[option] = letter(tokenizer, samples.get(0).ids(), option);
    }
    int[] answers = new int[questions.size()];
    double[] logProbabilities = new double[questions.size()];
    int[] all = IntStream.range(0, questions.size()).toArray();
    for (int[] chosen : Batcher.byTokens(samples, all, maxTokens)) {
      pass.startEvaluation();
      TokenBatch batch = Batcher.tokens(samples, chosen);
      Matrix logits = model.logits(pass, batch, batch.lasts(), letters);
      for (int s = 0; s < chosen.length; s++) {
        MultipleChoice question = questions.get(chosen[s]);
        float[] options =
            Arrays.copyOf(logits.columns(s, s + 1).toArray(), question.options().size());
        answers[chosen[s]] = Answers.argMax(options);
        logProbabilities[chosen[s]] = Answers.logProbability(options, question.answer());
      }
    }
    int[] labels = questions.stream().mapToInt(MultipleChoice::answer).toArray();
    return Evaluation.of(
        MultipleChoice.MAX_OPTIONS, new Answers(answers, logProbabilities), labels);
  }

  private void requireFit(MultipleChoice question, int tokens) {
    int positions = base.decoder().config().maxPositions();
    if (tokens > positions) {
      String text = question.question().substring(0, Math.min(60, question.question().length()));
      throw new IllegalArgumentException(
          "the question '"
              + text
              + "' makes a prompt of "
              + tokens
              + " tokens; the model has "
              + positions
              + " positions: remove it or show fewer solved questions");
    }
  }

  private int[] ids(Tokenizer tokenizer, MultipleChoice question) {
    String text = prompt.of(question);
    return template == null
        ? tokenizer.ids(text, true)
        : base.dialogues(template, Integer.MAX_VALUE).prompt(Dialogue.question(text));
  }

  private int letter(Tokenizer tokenizer, int[] before, int option) {
    String text = (template == null ? " " : "") + MultipleChoice.letter(option);
    return tokenizer.continuation(before, text)[0];
  }
}
