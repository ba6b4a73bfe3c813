package io.github.cola4j.spark.ml;

import io.github.cola4j.spark.ml.fit.FitTable;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.ml.sweep.Rungs;
import io.github.cola4j.spark.ml.sweep.Sweep;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamPair;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * Finds the best params of a {@link ColaClassifier} or {@link ColaLanguageModel} by successive
 * halving (arXiv 1502.07943): all candidates train {@code firstEpochs} epochs, the best of them
 * {@code eta} times as many, and so on up to the estimator's {@code epochs}. They share the frozen
 * model and the tokenised rows. Candidates are judged by their validation loss after equal parts of
 * their steps. One that stays to the end is the model that a fit with its params gives, to the bit.
 */
public final class ColaSweep extends Estimator<ColaSweepModel> {
  private static final long serialVersionUID = 1;

  /** What candidates may differ in: neither the rows, nor the frozen model, nor how long. */
  private static final Set<String> SWEPT =
      Set.of(
          "method",
          "a",
          "b",
          "rank",
          "alpha",
          "pairing",
          "init",
          "dropout",
          "targets",
          "learningRate",
          "headLearningRate",
          "weightDecay",
          "schedule",
          "warmup",
          "batchSize",
          "maxTokens",
          "maxLength",
          "examplesPerShard",
          "localSteps",
          "seed");

  private final String uid;
  private final ParamSet params;

  /** A sweep with every default; it needs an estimator and param maps. */
  public ColaSweep() {
    this(Identifiable.randomUID("colaSweep"));
  }

  /** As Spark makes copies. */
  public ColaSweep(String uid) {
    this.uid = uid;
    this.params = new ParamSet(this);
    params.any("estimator", "the ColaClassifier or ColaLanguageModel whose params are looked for");
    params.any("estimatorParamMaps", "the candidates' params, as of ParamGridBuilder");
    params.integer(
        "eta",
        "of n candidates of a rung the best n / eta, rounded down, train on",
        3,
        given -> ParamSet.atLeast(2, given));
    params.integer(
        "firstEpochs", "epochs that all candidates train", 1, given -> ParamSet.atLeast(1, given));
    params.integer(
        "parallelism",
        "candidates that are trained at a time",
        4,
        given -> ParamSet.atLeast(1, given));
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return params.all();
  }

  /** Param: the estimator. */
  public Param<Estimator<?>> estimator() {
    return ParamSet.of(this, "estimator");
  }

  public Estimator<?> getEstimator() {
    return getOrDefault(estimator());
  }

  public ColaSweep setEstimator(Estimator<?> value) {
    return ParamSet.set(this, estimator(), value);
  }

  /** Param: the candidates. */
  public Param<ParamMap[]> estimatorParamMaps() {
    return ParamSet.of(this, "estimatorParamMaps");
  }

  public ParamMap[] getEstimatorParamMaps() {
    return getOrDefault(estimatorParamMaps());
  }

  public ColaSweep setEstimatorParamMaps(ParamMap[] value) {
    return ParamSet.set(this, estimatorParamMaps(), value);
  }

  /** Param: one of how many trains on. */
  public IntParam eta() {
    return ParamSet.of(this, "eta");
  }

  public int getEta() {
    return (int) getOrDefault(eta());
  }

  public ColaSweep setEta(int value) {
    return ParamSet.set(this, eta(), value);
  }

  /** Param: epochs of the first rung. */
  public IntParam firstEpochs() {
    return ParamSet.of(this, "firstEpochs");
  }

  public int getFirstEpochs() {
    return (int) getOrDefault(firstEpochs());
  }

  public ColaSweep setFirstEpochs(int value) {
    return ParamSet.set(this, firstEpochs(), value);
  }

  /** Param: candidates at a time. */
  public IntParam parallelism() {
    return ParamSet.of(this, "parallelism");
  }

  public int getParallelism() {
    return (int) getOrDefault(parallelism());
  }

  public ColaSweep setParallelism(int value) {
    return ParamSet.set(this, parallelism(), value);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    candidates().forEach(candidate -> candidate.transformSchema(schema));
    return getEstimator().transformSchema(schema);
  }

  private List<Estimator<?>> candidates() {
    if (!isDefined(estimator()) || !isDefined(estimatorParamMaps())) {
      throw refused("estimator and estimatorParamMaps are not both set; set them");
    }
    ParamMap[] maps = getEstimatorParamMaps();
    if (maps.length == 0) {
      throw refused("estimatorParamMaps has no candidate; give at least one");
    }
    learner(getEstimator());
    for (ParamMap map : maps) {
      for (ParamPair<?> pair : JavaConverters.seqAsJavaListConverter(map.toSeq()).asJava()) {
        if (!getEstimator().hasParam(pair.param().name()) || !SWEPT.contains(pair.param().name())) {
          throw refused(
              "candidates cannot differ in '"
                  + pair.param().name()
                  + "', but in "
                  + SWEPT.stream().sorted().toList()
                  + "; set it on the estimator");
        }
      }
    }
    return Arrays.stream(maps).<Estimator<?>>map(map -> getEstimator().copy(map)).toList();
  }

  private IllegalArgumentException refused(String reason) {
    return new IllegalArgumentException(uid + ": " + reason);
  }

  private Learner<?> learner(Estimator<?> estimator) {
    Learner<?> learner =
        estimator instanceof ColaClassifier classifier
            ? classifier.learner()
            : estimator instanceof ColaLanguageModel languageModel ? languageModel.learner() : null;
    if (learner == null) {
      throw refused(
          "expected a ColaClassifier or ColaLanguageModel as estimator, got "
              + estimator.getClass().getSimpleName());
    }
    FitParams<?> stage = learner.stage();
    if (!stage.getCheckpointDir().isEmpty()) {
      throw refused("a sweep keeps no checkpoints; leave the estimator's checkpointDir empty");
    }
    if (getFirstEpochs() > stage.getEpochs()) {
      throw refused(
          String.format(
              "firstEpochs is %d, expected at most the estimator's epochs, %d",
              getFirstEpochs(), stage.getEpochs()));
    }
    return learner;
  }

  /**
   * Trains the candidates.
   *
   * @throws IllegalArgumentException as the estimator's fit; or if candidates differ in what they
   *     cannot
   * @throws IllegalStateException if all of them diverge
   */
  @Override
  public ColaSweepModel fit(Dataset<?> dataset) {
    Dataset<Row> rows = dataset.toDF();
    transformSchema(rows.schema());
    List<? extends Learner<?>> learners = candidates().stream().map(this::learner).toList();
    Learner<?> first = learners.get(0);
    Sweep.Result result;
    try (FitTable<?> table = first.table().apply(rows)) {
      result =
          Sweep.run(
              rows.sparkSession(),
              first.base(),
              learners.stream().<FitParams<?>>map(Learner::stage).toList(),
              table,
              Rungs.of(getFirstEpochs(), first.stage().getEpochs(), getEta()),
              getParallelism());
    }
    Model<?> best = learners.get(result.best()).model(rows, result.fit());
    ColaSweepModel model =
        new ColaSweepModel(
            uid, best, rows.sparkSession(), result, List.of(getEstimatorParamMaps()));
    return model.withParent(this);
  }

  @Override
  public ColaSweep copy(ParamMap extra) {
    ColaSweep copy = copyValues(new ColaSweep(uid), extra);
    if (copy.isDefined(copy.estimator())) {
      copy.setEstimator(copy.getEstimator().copy(extra));
    }
    return copy;
  }
}
