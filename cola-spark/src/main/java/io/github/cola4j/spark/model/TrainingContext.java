package io.github.cola4j.spark.model;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;

/**
 * What every task of a job needs besides data and states.
 *
 * @param id different for every job
 * @param initial the factors' starting values
 */
public record TrainingContext(
    String id,
    ModelReference model,
    AdapterConfig adapter,
    TrainingConfig training,
    Broadcast<float[]> initial)
    implements Serializable {}
