package io.github.cola4j.spark.training;

import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.train.Evaluation;
import java.util.List;
import java.util.Map;

/**
 * A task after training.
 *
 * @param classes the labels by number; empty for a language model
 * @param theta the parameters of the best round
 * @param moments Adam's, of the same round; null where shards or rounds have moments of their own
 * @param bestRound from 1
 * @param rounds trained
 * @param validation at the best round
 * @param trainExamples trained on
 * @param dropped training and validation examples that there is nothing to learn from, by the
 *     reason why
 * @param truncated training and validation examples that were too long and lost tokens
 */
public record TrainedTask(
    String name,
    List<String> classes,
    float[] theta,
    AdapterMoments moments,
    int bestRound,
    int rounds,
    Evaluation validation,
    long trainExamples,
    long truncated,
    Map<String, Long> dropped) {}
