package io.github.cola4j.spark.job.spec;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.TrainingConfig;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;

/**
 * A job file.
 *
 * @param model {@code classpath:all-minilm-l6-v2} or a Hugging Face folder
 * @param compute in which type the frozen products take their inputs
 * @param quantize what the frozen layers' weights are quantised to on loading; null for none
 * @param pooling how a classifier's embeddings of texts are made; null for the model's own way
 * @param tasks what to train
 * @param adapter how layers are adapted
 * @param training how a shard is trained
 * @param spark shards and rounds
 * @param data how rows are read
 * @param prompt how a language model's dialogues are written
 * @param baseline whether to report also what a head on the frozen model alone reaches
 * @param start an adapter's folder, or one of adapters by task, that training goes on from; null
 *     starts anew
 * @param checkpoint how progress is kept
 * @param report what the run's report tells
 * @param track where else rounds and results are logged
 * @param output the folder for results
 */
@RecordBuilder
public record Job(
    String model,
    Precision compute,
    Quantization quantize,
    Pooling pooling,
    List<TaskSpec> tasks,
    AdapterConfig adapter,
    TrainingConfig training,
    RoundConfig spark,
    DataConfig data,
    PromptConfig prompt,
    Boolean baseline,
    String start,
    CheckpointConfig checkpoint,
    ReportConfig report,
    TrackConfig track,
    String output)
    implements JobBuilder.With {

  /** The model that needs no files. */
  public static final String DEFAULT_MODEL = "classpath:all-minilm-l6-v2";

  /** Fills in defaults and checks every value. */
  public Job {
    model = model == null ? DEFAULT_MODEL : model;
    compute = compute == null ? Precision.FLOAT32 : compute;
    if (tasks == null || tasks.isEmpty()) {
      throw new IllegalArgumentException("the job has no 'tasks'; give at least one");
    }
    if (tasks.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("'tasks' has an empty entry; fill or remove it");
    }
    tasks = List.copyOf(tasks);
    TaskData.requireDistinct(tasks.stream().map(TaskSpec::name).toList());
    adapter = adapter == null ? AdapterConfig.defaults() : adapter;
    training = training == null ? TrainingConfig.defaults() : training;
    if (training.boosting() != null) {
      training.boosting().requireFit(adapter);
    }
    spark = spark == null ? RoundConfig.defaults() : spark;
    data = data == null ? DataConfig.defaults() : data;
    prompt = prompt == null ? PromptConfig.defaults() : prompt;
    baseline = baseline != null && baseline;
    checkpoint = checkpoint == null ? CheckpointConfig.defaults() : checkpoint;
    report = report == null ? ReportConfig.defaults() : report;
    track = track == null ? TrackConfig.nobody() : track;
    if (output == null || output.isBlank()) {
      throw new IllegalArgumentException("the job has no 'output'; name a folder for the results");
    }
  }

  /**
   * Whether a result of this job is one of another: where it is written, how progress is kept and
   * what it is logged to do not matter, and a pooling that was not asked for is the model's.
   *
   * @param asked what is to be done
   */
  public boolean does(Job asked) {
    return withCheckpoint(asked.checkpoint())
        .withTrack(asked.track())
        .withOutput(asked.output())
        .withPooling(asked.pooling() == null ? null : pooling)
        .equals(asked);
  }

  /** How it trains, with as many tokens computed at once as there are of several shards. */
  public TrainingConfig passes() {
    return training.withMaxTokens(Math.max(training.maxTokens(), spark.tokensTogether()));
  }

  /** How the model's weights are kept and multiplied. */
  public WeightOptions weightOptions() {
    return new WeightOptions(compute, quantize);
  }

  /** A job that leaves the rest to the defaults. */
  public static Job of(List<TaskSpec> tasks, String output) {
    return JobBuilder.builder().tasks(tasks).output(output).build();
  }
}
