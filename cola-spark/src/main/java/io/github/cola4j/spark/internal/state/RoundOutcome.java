package io.github.cola4j.spark.internal.state;

import io.github.cola4j.train.Evaluation;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * What the driver gets of a task's round: some hundred bytes.
 *
 * @param round from 1
 * @param counts of its shards
 * @param bytesSent of the states that went to its shards; 0 where task and state stay on a core
 * @param score of the validation; null where there was none
 * @param after the round; as before it where too few shards were sound
 */
@RecordBuilder
public record RoundOutcome(
    int task, int round, RoundCounts counts, long bytesSent, Evaluation score, TaskProgress after)
    implements Serializable, RoundOutcomeBuilder.With {}
