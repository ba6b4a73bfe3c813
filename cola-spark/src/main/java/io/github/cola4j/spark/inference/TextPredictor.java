package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Evaluation;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;

/** Classifies texts on an executor: a pure function of texts and adapter. */
record TextPredictor(TrainingContext job, Broadcast<float[]> theta, Classification objective)
    implements Serializable {
  /** Texts computed together. */
  static final int AT_ONCE = 512;

  /** The texts' predictions, in their order; their labels are not looked at. */
  List<AdapterRunner.Prediction> predict(List<Example> examples) {
    float[][] logits = logits(examples);
    List<AdapterRunner.Prediction> predictions = new ArrayList<>(logits.length);
    for (int i = 0; i < logits.length; i++) {
      RowAnswer answer = RowAnswer.of(objective, logits[i]);
      predictions.add(
          new AdapterRunner.Prediction(examples.get(i), answer.label(), answer.probabilities()));
    }
    return predictions;
  }

  /** The texts' logits, in their order; their labels are not looked at. */
  float[][] logits(List<Example> examples) {
    if (examples.isEmpty()) {
      return new float[0][];
    }
    List<Example> unlabelled = examples.stream().map(Example::unlabelled).toList();
    return ShardTrainer.logits(job, objective, theta.value(), tokenize(unlabelled));
  }

  /** Evaluates labelled texts. */
  Evaluation evaluate(List<Example> examples) {
    return ShardTrainer.evaluate(job, objective, theta.value(), tokenize(examples));
  }

  private List<Sample> tokenize(List<Example> examples) {
    BaseModel base = BaseModelCache.get(job.model());
    return examples.stream()
        .map(e -> objective.encode(base, job.training().maxLength(), e).sample())
        .toList();
  }
}
