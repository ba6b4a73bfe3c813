package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.score.AnswerScore;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.Speculation;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.inference.AnswerWriter.Question;
import io.github.cola4j.spark.inference.AnswerWriter.TaskAdapter;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.internal.executor.RowGroup;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.internal.executor.StoredAdapter;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.language.LanguageModeling;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Uses the stored adapters of language models, of one task or of several on one frozen model.
 * Results depend on rows, adapters and seed alone, not on partitions or executors. Close it to free
 * what executors hold.
 */
public final class LanguageModelRunner implements AutoCloseable {
  /** Dialogues evaluated together: fixed, so that sums do not depend on the cluster. */
  private static final int DIALOGUES_AT_ONCE = 64;

  /**
   * Small ones, since answers take long, some longer than others, and progress is shown by them.
   */
  private static final int PARTITIONS_A_CORE = 64;

  private final StoredAdapters adapters;

  /**
   * A row and its answer.
   *
   * @param ended whether the answer came to its end; false if it was cut at the most tokens, or at
   *     the model's last position
   * @param speculation what a draft model was good for
   */
  public record Answer(PromptRow row, String text, boolean ended, Speculation speculation)
      implements Serializable {}

  /**
   * How well the model predicts dialogues, or what else it has learnt from.
   *
   * @param tokens counts of supervised tokens
   * @param dialogues evaluated, or pieces of texts
   * @param truncated of these, those that lost tokens
   * @param dropped those without a supervised token
   */
  public record Score(Evaluation tokens, long dialogues, long truncated, long dropped)
      implements Serializable {
    Score plus(Score other) {
      return new Score(
          tokens.plus(other.tokens),
          dialogues + other.dialogues,
          truncated + other.truncated,
          dropped + other.dropped);
    }
  }

  /**
   * Loads adapters.
   *
   * @param folders as {@link AdapterStore} writes them, at least one, of different tasks
   * @param modelLocation where the frozen model is, null for where it was at training
   * @throws IllegalArgumentException if the model is not the one that all adapters were trained on,
   *     or an adapter is a classifier's
   */
  public LanguageModelRunner(JavaSparkContext spark, List<Path> folders, String modelLocation) {
    BaseModel model = StoredAdapter.model(AdapterStore.describe(folders.get(0)), modelLocation);
    this.adapters = new StoredAdapters();
    try {
      for (Path folder : folders) {
        requireNew(folder, AdapterStore.describe(folder));
        adapters.add(spark, AdapterStore.loadParameters(folder, model), model);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Of adapters that were trained or loaded.
   *
   * @param trained at least one, of different tasks
   * @param model from {@code BaseModelCache}, so that tasks of this JVM share it
   * @throws IllegalArgumentException if the model is not the one that all adapters were trained on,
   *     or an adapter is a classifier's
   */
  public LanguageModelRunner(SparkSession spark, List<TrainedAdapter> trained, BaseModel model) {
    this.adapters =
        StoredAdapters.of(
            spark,
            trained,
            model,
            description ->
                requireLanguageModel("of task '" + description.task() + "'", description));
  }

  private void requireNew(Path folder, AdapterStore.Description description) {
    requireLanguageModel(folder, description);
    if (adapters.byTask().containsKey(description.task())) {
      throw new IllegalArgumentException(
          "adapter " + folder + " is of the task '" + description.task() + "' as another one is");
    }
  }

  private static void requireLanguageModel(Object place, AdapterStore.Description description) {
    if (!description.isLanguageModel()) {
      throw new IllegalArgumentException(
          "adapter " + place + " is a classifier's; expected a language model's");
    }
  }

  /** The tasks, in the order of their folders. */
  public List<String> tasks() {
    return List.copyOf(adapters.byTask().keySet());
  }

  /** What the adapters are, in the order of their folders. */
  public List<AdapterStore.Description> descriptions() {
    return adapters.byTask().values().stream().map(StoredAdapter::description).toList();
  }

  /** What a task's adapter is. */
  public AdapterStore.Description description(String task) {
    return adapter(task).description();
  }

  private StoredAdapter adapter(String task) {
    StoredAdapter adapter = adapters.byTask().get(task);
    if (adapter == null) {
      throw new IllegalArgumentException(
          "there is no adapter of the task '" + task + "', but of " + tasks());
    }
    return adapter;
  }

  /**
   * Evaluates dialogues.
   *
   * @param frozen whether with the frozen model alone
   */
  public Score evaluate(String task, boolean frozen, JavaRDD<Dialogue> dialogues) {
    PromptConfig prompt = adapter(task).description().prompt();
    return evaluate(task, frozen, new LanguageModeling(prompt), dialogues);
  }

  /**
   * Evaluates what a language model learns from.
   *
   * @param frozen whether with the frozen model alone
   * @param objective what is learnt from an example
   */
  public <E extends Serializable> Score evaluate(
      String task, boolean frozen, Objective<E> objective, JavaRDD<E> examples) {
    StoredAdapter adapter = adapter(task);
    TrainingContext job = adapter.job();
    Broadcast<float[]> theta = adapter.parameters(frozen);
    return RowGroup.of(examples, DIALOGUES_AT_ONCE)
        .map(group -> score(job, objective, theta, group.rows()))
        .collect()
        .stream()
        .reduce(new Score(Evaluation.empty(1), 0, 0, 0), Score::plus);
  }

  private static <E> Score score(
      TrainingContext job, Objective<E> objective, Broadcast<float[]> theta, List<E> examples) {
    BaseModel base = BaseModelCache.get(job.model());
    int length = job.training().maxLength();
    List<Encoded> encoded =
        examples.stream()
            .flatMap(example -> objective.parts(base, length, example).stream())
            .map(part -> objective.encode(base, length, part))
            .toList();
    List<Sample> samples = encoded.stream().map(Encoded::sample).filter(Objects::nonNull).toList();
    return new Score(
        ShardTrainer.evaluate(job, objective, theta.value(), samples),
        samples.size(),
        encoded.stream().filter(Encoded::truncated).count(),
        encoded.size() - samples.size());
  }

  /**
   * Asks multiple-choice questions.
   *
   * @param frozen whether the frozen model alone
   */
  public Evaluation evaluateChoices(String task, boolean frozen, MultipleChoiceEvaluation choices) {
    StoredAdapter adapter = adapter(task);
    LanguageModeling objective = new LanguageModeling(adapter.description().prompt());
    return choices.evaluate(adapter.job(), objective, adapter.parameters(frozen));
  }

  /**
   * Answers dialogues up to the assistant's last message, and compares the answers with it. Those
   * that cannot be answered, and those that end in calls of tools, are left out: {@link
   * AnswerScore#answers} counts the others.
   *
   * @param frozen whether by the frozen model alone
   * @param dialogues with answers, in the same order at every computation
   * @param shown of so many dialogues, the first ones, the texts are kept too
   * @param progress is given the number of dialogues that are done, by a thread of Spark's
   */
  public GeneratedAnswers evaluateAnswers(
      String task,
      boolean frozen,
      JavaRDD<Dialogue> dialogues,
      Sampling sampling,
      int shown,
      LongConsumer progress) {
    StoredAdapter adapter = adapter(task);
    PromptConfig prompt = adapter.description().prompt();
    TaskAdapter own = new TaskAdapter(adapter.job(), prompt, adapter.parameters(frozen));
    AtomicLong done = new AtomicLong();
    return Partitions.collect(
            RowGroup.of(dialogues, AnswerWriter.ROWS_AT_ONCE, PARTITIONS_A_CORE)
                .map(group -> answers(task, own, sampling, group, shown)),
            part ->
                progress.accept(
                    done.addAndGet(part.stream().mapToLong(GeneratedAnswers::dialogues).sum())))
        .stream()
        .reduce(GeneratedAnswers.NONE, GeneratedAnswers::plus);
  }

  private static GeneratedAnswers answers(
      String task, TaskAdapter adapter, Sampling sampling, RowGroup<Dialogue> group, int shown) {
    List<Question> questions = new ArrayList<>();
    List<String> references = new ArrayList<>();
    int pairsUpTo = 0; // of the questions, those among the first dialogues
    long number = group.first();
    for (Dialogue dialogue : group.rows()) {
      List<Message> messages = dialogue.messages();
      int last = messages.size() - 1;
      while (messages.get(last).role() != Message.Role.ASSISTANT) {
        last--;
      }
      boolean isText = messages.get(last).fields().toolCalls() == null;
      if (last > 0 && isText) {
        questions.add(new Question(task, dialogue.withMessages(messages.subList(0, last))));
        references.add(messages.get(last).text());
      }
      number++;
      pairsUpTo = number <= shown ? questions.size() : pairsUpTo;
    }
    BaseModel base = BaseModelCache.get(adapter.job().model());
    AnswerScore score = AnswerScore.NONE;
    List<GeneratedAnswers.Pair> pairs = new ArrayList<>();
    try (AnswerWriter writer = new AnswerWriter(base, Map.of(task, adapter), sampling, null)) {
      List<RowText> texts = writer.answer(questions, (place, unused) -> group.first() + place);
      for (int i = 0; i < texts.size(); i++) {
        RowText own = texts.get(i);
        if (own.isAnswered()) {
          score = score.plus(AnswerScore.of(own.text(), references.get(i)));
        }
        if (own.isAnswered() && i < pairsUpTo) {
          List<Message> asked = questions.get(i).dialogue().messages();
          pairs.add(
              new GeneratedAnswers.Pair(
                  asked.get(asked.size() - 1).text(), references.get(i), own.text(), !own.ended()));
        }
      }
    }
    return new GeneratedAnswers(score, group.rows().size(), List.copyOf(pairs));
  }

  /** The rows that cannot be answered: too long for the model, or not for the task's template. */
  public JavaRDD<BadRow> refused(JavaRDD<PromptRow> rows) {
    Map<String, TaskAdapter> taskAdapters = taskAdapters();
    ModelReference model = model();
    return rows.mapPartitions(
        part -> {
          BaseModel base = BaseModelCache.get(model);
          List<BadRow> refused = new ArrayList<>();
          part.forEachRemaining(
              row -> {
                BadRow bad = AnswerWriter.refused(base, taskAdapters, row);
                if (bad != null) {
                  refused.add(bad);
                }
              });
          return refused.iterator();
        });
  }

  /**
   * Answers rows, lazily, in their order, each with its task's adapter; those that {@link #refused}
   * names are left out. Rows are answered some at a time, whatever their tasks.
   *
   * @param rows whose order must be the same at every computation
   */
  public JavaRDD<Answer> answer(JavaRDD<PromptRow> rows, Sampling sampling) {
    return answer(rows, sampling, null);
  }

  /**
   * Answers rows by speculative decoding.
   *
   * @param rows whose order must be the same at every computation
   * @param draft of the same tokenizer, to be closed when all rows are answered; null for none
   */
  public JavaRDD<Answer> answer(JavaRDD<PromptRow> rows, Sampling sampling, DraftModel.Sent draft) {
    Map<String, TaskAdapter> taskAdapters = taskAdapters();
    ModelReference model = model();
    return RowGroup.of(rows, AnswerWriter.ROWS_AT_ONCE)
        .mapPartitions(
            groups -> {
              AnswerWriter writer =
                  new AnswerWriter(BaseModelCache.get(model), taskAdapters, sampling, draft);
              TaskContext.get()
                  .addTaskCompletionListener((TaskCompletionListener) task -> writer.close());
              return answers(groups, writer);
            });
  }

  private static Iterator<Answer> answers(
      Iterator<RowGroup<PromptRow>> groups, AnswerWriter writer) {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(groups, Spliterator.ORDERED), false)
        .flatMap(group -> answers(group, writer).stream())
        .iterator();
  }

  private static List<Answer> answers(RowGroup<PromptRow> group, AnswerWriter writer) {
    List<PromptRow> rows = group.rows();
    List<RowText> texts =
        writer.answer(
            rows.stream().map(row -> new Question(row.task(), row.dialogue())).toList(),
            (place, prompt) -> group.first() + place);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i).isAnswered()) {
        RowText own = texts.get(i);
        answers.add(new Answer(rows.get(i), own.text(), own.ended(), own.speculation()));
      }
    }
    return answers;
  }

  /**
   * All rows with all their columns, in their order, and further ones, lazily. A row that cannot be
   * answered, such as one of none of the tasks, has a reason.
   *
   * <p>What is drawn for a row depends on the seed, its task and its prompt: equal prompts have
   * equal answers, wherever their rows are. Rows of a partition are answered some at a time.
   *
   * @param format how a row holds a dialogue
   * @param columns where; an answer in them is not looked at
   * @param taskColumn names a row's task; null where there is one task
   * @param added the columns that come after those of the rows
   * @throws IllegalArgumentException if the rows have no such column, or one of an added one's
   *     name; or if there are several tasks and no column
   */
  public Dataset<Row> transform(
      Dataset<Row> rows,
      DialogueFormat format,
      DialogueColumns columns,
      String taskColumn,
      Sampling sampling,
      List<OutputColumn<RowText>> added) {
    return RowPredictor.transform(
        new AnsweredRows(model(), taskAdapters(), sampling),
        rows,
        DialogueReader.unanswered(format, columns),
        taskColumn,
        added);
  }

  /**
   * Sends a draft model to executors.
   *
   * @throws IllegalArgumentException if it is of another tokenizer, or its adapter of another model
   */
  public DraftModel.Sent send(JavaSparkContext spark, DraftModel draft) {
    return draft.send(spark, BaseModelCache.get(model()));
  }

  private ModelReference model() {
    return adapters.byTask().values().iterator().next().job().model();
  }

  private Map<String, TaskAdapter> taskAdapters() {
    Map<String, TaskAdapter> taskAdapters = new LinkedHashMap<>();
    adapters
        .byTask()
        .forEach(
            (task, adapter) ->
                taskAdapters.put(
                    task,
                    new TaskAdapter(
                        adapter.job(), adapter.description().prompt(), adapter.theta())));
    return taskAdapters;
  }

  @Override
  public void close() {
    adapters.close();
  }
}
