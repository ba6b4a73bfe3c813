package io.github.cola4j.spark.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import java.util.Map;

/**
 * A task's line of {@code results.json}; what was not measured is left out.
 *
 * @param classes number of classes
 * @param testExamples 0 without test files; of a language model, its supervised tokens, or the
 *     pairs of preferences
 * @param probeAccuracy on the test examples, of a head on the frozen model alone
 * @param accuracy on the test examples; of several labels the share with all of them right
 * @param macroF1 on the test examples
 * @param microF1 of several labels, on the test examples
 * @param r2 of a regression, on the test examples, as are the next two
 * @param meanAbsoluteError the mean distance from the data's numbers
 * @param spearman the correlation of ranks
 * @param loss mean loss of the test examples: cross-entropy, or a regression's squared error
 * @param perplexity of a language model, on the test examples
 * @param margin of preferences, the mean margin of the test examples
 * @param choiceAccuracyBefore of multiple-choice questions, by the frozen model
 * @param choiceAccuracy of the same questions, by the trained one
 * @param choiceQuestions how many these were
 * @param answers generated for the test dialogues, against those of the data
 * @param validationAccuracy at the best round; of a language model, of tokens or pairs; null of a
 *     regression
 * @param validationLoss at the best round
 * @param truncated training and validation examples that lost tokens
 * @param dropped training and validation examples that there was nothing to learn from
 * @param droppedBecause how many of these for which reason; absent where there are none
 * @param badRows rows in the quarantine
 * @param badRowsBecause how many of these of which kind; absent where there are none
 * @param duplicates training examples that equal an earlier one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TaskResult(
    String task,
    int classes,
    long trainExamples,
    long testExamples,
    Double probeAccuracy,
    Double accuracy,
    Double macroF1,
    Double microF1,
    Double r2,
    Double meanAbsoluteError,
    Double spearman,
    Double loss,
    Double perplexity,
    Double margin,
    Double choiceAccuracyBefore,
    Double choiceAccuracy,
    Long choiceQuestions,
    GeneratedAnswers.Figures answers,
    Double validationAccuracy,
    double validationLoss,
    int bestRound,
    int rounds,
    long truncated,
    long dropped,
    Map<String, Long> droppedBecause,
    long badRows,
    Map<String, Long> badRowsBecause,
    long duplicates) {}
