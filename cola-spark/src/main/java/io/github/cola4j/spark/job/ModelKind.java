package io.github.cola4j.spark.job;

import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.model.pooling.SentenceTransformers;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.job.spec.DialogueSpec;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.training.RoundConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a job says that the kind of its model cannot do: nothing is silently left out. */
final class ModelKind {
  private static final String CLASSES =
      "a classification, and the job trains %s on dialogues, as another key or the model says;"
          + " remove one of both";
  private static final String DIALOGUES =
      "a decoder such as a Llama, the model %s is none; remove the key or take another model";

  private ModelKind() {}

  /**
   * What a job trains a model for. A model that can be trained for both learns dialogues where the
   * job has a key that only dialogues have, classification where it has one that only these have,
   * and else what is usual for it.
   *
   * @param purposes of the model, at least one
   * @param usual the one that needs no key
   */
  static Purpose purpose(Job job, Set<Purpose> purposes, Purpose usual) {
    boolean dialogues =
        !job.prompt().equals(PromptConfig.defaults())
            || job.tasks().stream().anyMatch(task -> hasDialogueKey(task));
    boolean classes =
        job.pooling() != null
            || job.baseline()
            || job.training().labelSmoothing() > 0
            || job.tasks().stream().anyMatch(task -> hasClassKey(task));
    Purpose wanted = dialogues ? Purpose.DIALOGUE : classes ? Purpose.CLASSIFICATION : usual;
    return purposes.contains(wanted) ? wanted : purposes.iterator().next();
  }

  private static boolean hasClassKey(TaskSpec task) {
    return !task.columns().equals(Columns.defaults())
        || !task.classes().isEmpty()
        || task.classWeights() != null
        || task.problemType() != ProblemType.SINGLE_LABEL;
  }

  private static boolean hasDialogueKey(TaskSpec task) {
    return task.choices() != null || task.generate() != null || !isStandard(task.dialogue());
  }

  private static boolean isStandard(DialogueSpec dialogue) {
    return dialogue.equals(DialogueSpec.defaults());
  }

  /**
   * Refuses keys of classifications in a job of dialogues, and those of language models on an
   * encoder.
   *
   * @throws InvalidJobException that names the key
   */
  static void requireFit(Job job, Purpose purpose) {
    boolean isLanguageModel = purpose == Purpose.DIALOGUE;
    if (isLanguageModel) {
      require(!job.baseline(), "baseline", CLASSES, job);
      require(job.pooling() == null, "pooling", CLASSES, job);
      boolean smooth = job.training().labelSmoothing() > 0;
      require(!smooth, "training.labelSmoothing", CLASSES, job);
      require(job.spark().skew() == null, "spark.skew", CLASSES, job);
    } else {
      boolean standard = job.prompt().equals(PromptConfig.defaults());
      require(standard, "prompt", DIALOGUES, job);
      requireUnweighted(job);
    }
    for (int t = 0; t < job.tasks().size(); t++) {
      TaskSpec task = job.tasks().get(t);
      String place = "tasks." + t + ".";
      if (isLanguageModel) {
        require(task.classes().isEmpty(), place + "classes", CLASSES, job);
        require(task.classWeights() == null, place + "classWeights", CLASSES, job);
        boolean single = task.problemType() == ProblemType.SINGLE_LABEL;
        require(single, place + "problemType", CLASSES, job);
        boolean standard = task.columns().equals(Columns.defaults());
        require(standard, place + "columns", CLASSES, job);
      } else {
        require(isStandard(task.dialogue()), place + "dialogue", DIALOGUES, job);
        require(task.choices() == null, place + "choices", DIALOGUES, job);
        require(task.generate() == null, place + "generate", DIALOGUES, job);
        requireSingleLabel(job, task, place);
      }
    }
  }

  /**
   * A job whose pooling is named, the model's own where the job has none.
   *
   * @throws InvalidJobException if the model cannot pool so, or not where it merges tokens
   */
  static Job withPooling(Job job, BaseModel model, Purpose purpose) {
    if (purpose != Purpose.CLASSIFICATION) {
      return job;
    }
    try {
      Pooling pooling = job.pooling() == null ? pooling(job, model) : job.pooling();
      TokenMerging merging = job.adapter().tokenMerging();
      return job.withPooling(model.encoder(pooling).withTokenMerging(merging).pooling());
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(e.getMessage(), e);
    }
  }

  /**
   * A job whose tasks name the column of their images if its model sees images.
   *
   * @throws InvalidJobException if a task has images for a model of texts, or pairs of texts for
   *     one of images
   */
  static Job withImages(Job job, BaseModel model) {
    List<TaskSpec> tasks = new ArrayList<>();
    for (int t = 0; t < job.tasks().size(); t++) {
      TaskSpec task = job.tasks().get(t);
      String place = "tasks." + t + ".columns.";
      Columns columns = task.columns();
      if (!model.seesImages()) {
        boolean texts = columns.image() == null;
        require(texts, place + "image", "a vision transformer such as a ViT", job);
        tasks.add(task);
        continue;
      }
      require(columns.pair() == null, place + "pair", "an encoder of texts such as a BERT", job);
      boolean standard = columns.text().equals(Columns.defaults().text());
      require(standard, place + "text", "an encoder of texts such as a BERT", job);
      tasks.add(
          columns.image() == null
              ? task.withColumns(columns.withImage(Columns.ofImages().image()))
              : task);
    }
    return job.withTasks(tasks);
  }

  /** What the job's own folder says: the same weights may have been loaded from another one. */
  private static Pooling pooling(Job job, BaseModel model) {
    Path folder = Path.of(job.model());
    if (!Files.isDirectory(folder)) {
      return model.pooling();
    }
    Pooling trained = SentenceTransformers.pooling(folder);
    return trained == null ? model.encoder().pooling() : trained;
  }

  /** What only tasks of one class a text have. */
  private static void requireSingleLabel(Job job, TaskSpec task, String place) {
    if (task.problemType() == ProblemType.SINGLE_LABEL) {
      return;
    }
    String metric = job.spark().metric();
    String key =
        job.baseline()
            ? "baseline"
            : job.training().labelSmoothing() > 0
                ? "training.labelSmoothing"
                : job.training().regularization() != null
                    ? "training.regularization"
                    : job.spark().skew() != null ? "spark.skew" : null;
    boolean counted =
        task.problemType() != ProblemType.REGRESSION
            || metric.equals("loss")
            || metric.equals(RoundConfig.LAST);
    if (key != null || !counted) {
      throw new InvalidJobException(
          String.format(
              "%sproblemType: %s has no %s; %s",
              place,
              task.problemType().key(),
              key != null ? key : "spark.metric: " + metric,
              key != null ? "remove the key" : "take loss or last"),
          null);
    }
  }

  private static void requireUnweighted(Job job) {
    for (int t = 0; t < job.tasks().size(); t++) {
      TaskSpec task = job.tasks().get(t);
      String key =
          task.columns().weight() != null
              ? "columns.weight"
              : task.classWeights() != null ? "classWeights" : null;
      if (key != null && job.training().regularization() != null) {
        throw new InvalidJobException(
            String.format(
                "tasks.%d.%s: training.regularization looks at all examples of a step alike, so"
                    + " they cannot have weights; remove one of both",
                t, key),
            null);
      }
    }
  }

  private static void require(boolean fits, String key, String kind, Job job) {
    if (!fits) {
      throw new InvalidJobException(
          String.format("%s needs %s", key, kind.formatted(job.model())), null);
    }
  }
}
