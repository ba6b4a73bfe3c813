package io.github.cola4j.spark.job.spec;

import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.preference.PreferenceConfig;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.training.TaskData;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A task of a job file.
 *
 * @param name becomes the folder of its adapter
 * @param train files of training examples
 * @param validation files of validation examples; none holds out a tenth of the training examples
 * @param test files of test examples; none leaves out the test
 * @param columns of a classification, which columns hold text, second text, image and label
 * @param problemType of a classification, what labels are; null for one class a text
 * @param classes of a classification, the labels; none takes those of the training examples, sorted
 * @param classWeights of a classification, how much the examples of each class count in training;
 *     null for all alike
 * @param dialogue of a language model, how rows hold dialogues
 * @param preference of a language model that learns which answers are preferred, how; null of
 *     others
 * @param choices of a language model, questions that evaluate it; null for none
 * @param generate of a language model, how test dialogues are answered to compare the answers; null
 *     for not at all
 */
@RecordBuilder
public record TaskSpec(
    String name,
    List<String> train,
    List<String> validation,
    List<String> test,
    Columns columns,
    ProblemType problemType,
    List<String> classes,
    ClassWeights classWeights,
    DialogueSpec dialogue,
    PreferenceConfig preference,
    ChoiceSpec choices,
    GenerateSpec generate)
    implements TaskSpecBuilder.With {

  /** Fills in defaults and checks every value. */
  public TaskSpec {
    TaskData.requireName(name);
    if (train == null || train.isEmpty()) {
      throw new IllegalArgumentException(
          "task '" + name + "' has no 'train'; give a file, a folder or a list of them");
    }
    train = texts("train", train);
    validation = texts("validation", validation);
    test = texts("test", test);
    columns = columns == null ? Columns.defaults() : columns;
    classes = texts("classes", classes);
    dialogue = dialogue == null ? DialogueSpec.defaults() : dialogue;
    problemType = problemType == null ? ProblemType.SINGLE_LABEL : problemType;
    if (problemType == ProblemType.REGRESSION && !classes.isEmpty()) {
      throw new IllegalArgumentException(
          "task '" + name + "' learns a number and has no 'classes'; remove them");
    }
    if (problemType != ProblemType.SINGLE_LABEL && classWeights != null) {
      throw new IllegalArgumentException(
          "task '"
              + name
              + "': 'classWeights' are for problemType: single-label; remove them, or weigh rows by"
              + " columns.weight");
    }
    boolean prefers = dialogue.format() == DialogueFormat.PREFERENCE;
    if (preference != null && !prefers) {
      throw new IllegalArgumentException(
          "task '"
              + name
              + "' has 'preference', which is for rows of two answers; set dialogue.format:"
              + " preference, or remove it");
    }
    preference = prefers && preference == null ? PreferenceConfig.defaults() : preference;
    if (generate != null) {
      requireAnswers(name, dialogue.format(), test);
    }
    if (!classes.isEmpty()) {
      TaskData.requireClasses(name, classes, problemType);
    }
  }

  /** Refuses {@code generate} where there are no answers to compare with. */
  private static void requireAnswers(String name, DialogueFormat format, List<String> test) {
    if (!format.isDialogue()) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s' has 'generate', which answers the dialogues of test data, and rows of the"
                  + " format '%s' are none; remove it",
              name, format.key()));
    }
    if (test.isEmpty()) {
      throw new IllegalArgumentException(
          "task '"
              + name
              + "' has 'generate', which compares with the answers of test data, and no 'test';"
              + " name test files, or remove it");
    }
  }

  /** A task that leaves the rest to the defaults. */
  public static TaskSpec of(String name, List<String> train) {
    return TaskSpecBuilder.builder().name(name).train(train).build();
  }

  /** The columns that rows are read from, by role, as an adapter keeps them. */
  public Map<String, String> columnsByRole(boolean isLanguageModel) {
    Map<String, String> roles = new LinkedHashMap<>();
    if (isLanguageModel) {
      DialogueColumns dialogues = dialogue.columns();
      roles.put("format", dialogue.format().key());
      if (dialogue.format() == DialogueFormat.TEXT) {
        roles.put("text", dialogues.text());
        return roles;
      }
      if (dialogue.format() == DialogueFormat.PREFERENCE) {
        roles.put("prompt", dialogues.prompt());
        roles.put("chosen", dialogues.chosen());
        roles.put("rejected", dialogues.rejected());
        return roles;
      }
      roles.put("instruction", dialogues.instruction());
      roles.put("input", dialogues.input());
      roles.put("output", dialogues.output());
      roles.put("messages", dialogues.messages());
      roles.put("conversations", dialogues.conversations());
    } else {
      roles.put(
          columns.image() == null ? "text" : "image",
          columns.image() == null ? columns.text() : columns.image());
      if (columns.pair() != null) {
        roles.put("pair", columns.pair());
      }
      roles.put("label", columns.label());
    }
    return roles;
  }

  private static List<String> texts(String key, List<String> texts) {
    if (texts == null) {
      return List.of();
    }
    if (texts.stream().anyMatch(text -> text == null || text.isBlank())) {
      throw new IllegalArgumentException("'" + key + "' has an empty entry; fill or remove it");
    }
    return List.copyOf(texts);
  }
}
