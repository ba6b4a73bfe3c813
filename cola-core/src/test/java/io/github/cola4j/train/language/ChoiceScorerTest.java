package io.github.cola4j.train.language;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.template.MultipleChoicePrompt;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.train.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Questions together against each question alone, with every logit of the vocabulary. */
class ChoiceScorerTest {
  private static final BaseModel BASE = BaseModel.load(Goldens.path("decoder/llama/model"));

  private static final String INTRODUCTION =
      "The following are multiple choice questions (with answers) about words. Please provide only"
          + " the correct option (one uppercase letter).\n\n";

  private static final String SOLVED = "the court\nA. law\nB. song\nAnswer: A\n\n";

  private static List<MultipleChoice> questions() {
    List<MultipleChoice> questions = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      List<String> options = List.of("fever", "shares " + i, "bank", "order").subList(0, 2 + i % 3);
      questions.add(
          new MultipleChoice("the " + "rate of ".repeat(i % 5) + i, options, i % options.size()));
    }
    return questions;
  }

  private static LanguageModel model(Pass pass) {
    AdaptedModules modules = new AdaptedModules(BASE.decoder().linears(), AdapterConfig.defaults());
    float[] initial = modules.initial(1);
    float[] theta = initial.clone();
    Random random = new Random(2);
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.05 * random.nextGaussian());
    }
    LanguageModel model = new LanguageModel(BASE.decoder(), modules, initial, false);
    model.theta().set(theta);
    pass.startEvaluation();
    model.refresh(pass, 0, false);
    return model;
  }

  @ParameterizedTest
  @CsvSource({"false, 2000", "false, 90", "true, 2000", "true, 90"})
  void theLetterWithTheLargestLogitAfterThePrompt(boolean shown, int maxTokens) {
    List<MultipleChoice> questions = questions();
    List<MultipleChoice> examples =
        shown ? List.of(new MultipleChoice("the court", List.of("law", "song"), 0)) : List.of();
    try (Pass pass = new Pass(BASE.decoder().type())) {
      LanguageModel model = model(pass);
      Evaluation together =
          new ChoiceScorer(BASE, new MultipleChoicePrompt("words", examples), null, maxTokens)
              .score(model, pass, questions);
      int right = 0;
      double loss = 0;
      for (MultipleChoice question : questions) {
        String text = INTRODUCTION + (shown ? SOLVED : "") + written(question);
        float[] options = options(model, pass, text, question.options().size());
        int best = 0;
        double sum = 0;
        for (int i = 0; i < options.length; i++) {
          best = options[i] > options[best] ? i : best;
          sum += Math.exp(options[i]);
        }
        right += best == question.answer() ? 1 : 0;
        loss += Math.log(sum) - options[question.answer()];
      }
      assertThat(together.examples()).isEqualTo(24);
      assertThat(together.accuracy()).isEqualTo(right / 24.0).isBetween(0.05, 0.95);
      assertThat(together.loss()).isCloseTo(loss / 24, Offset.offset(1e-4));
    }
  }

  private static String written(MultipleChoice question) {
    StringBuilder text = new StringBuilder(question.question());
    char letter = 'A';
    for (String option : question.options()) {
      text.append('\n').append(letter++).append(". ").append(option);
    }
    return text.append("\nAnswer:").toString();
  }

  /** The letters' logits at the last token of a text that is alone in its batch. */
  private static float[] options(LanguageModel model, Pass pass, String text, int count) {
    Tokenizer tokenizer = BASE.textTokenizer();
    int[] ids = tokenizer.ids(text, true);
    TokenBatch batch = new TokenBatch(ids, new int[ids.length], new int[] {0, ids.length});
    pass.startEvaluation();
    Matrix logits = model.logits(pass, batch, new int[] {ids.length - 1});
    float[] all = logits.toArray();
    float[] options = new float[count];
    for (int i = 0; i < count; i++) {
      int[] followed = tokenizer.ids(text + " " + (char) ('A' + i), true);
      options[i] = all[followed[ids.length]];
    }
    return options;
  }
}
