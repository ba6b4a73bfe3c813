package io.github.cola4j.spark.inference;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.tokenizer.AnswerText;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.internal.executor.RowGroup;
import io.github.cola4j.spark.model.TrainingContext;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.broadcast.Broadcast;

/**
 * Writes answers on an executor: pure functions of rows and adapters. Belongs to one thread; close
 * it to free its working memory.
 */
final class AnswerWriter implements AutoCloseable {
  /** Rows answered together. */
  static final int ROWS_AT_ONCE = 16;

  /** Tokens, those to come included, for which keys and values are held; a longer text is alone. */
  private static final int ROOM = 4096;

  private final BaseModel base;
  private final Map<String, TaskAdapter> adapters;
  private final Sampling sampling;
  private final TextGenerator generator;
  private final Map<String, Adapters> bound = new HashMap<>();
  private final Map<String, Set<Integer>> stopIds = new HashMap<>();
  private final Pass pass;

  /** A task's adapter and how its prompts are written. */
  record TaskAdapter(TrainingContext job, PromptConfig prompt, Broadcast<float[]> theta)
      implements Serializable {}

  /** A row and the text that it is to be. */
  private record Asked(PromptRow row, TextGenerator.Text text) {}

  private record Written(long number, LanguageModelRunner.Answer answer) {}

  /**
   * A writer.
   *
   * @param adapters by task, all of one frozen model
   */
  AnswerWriter(BaseModel base, Map<String, TaskAdapter> adapters, Sampling sampling) {
    this.base = base;
    this.adapters = adapters;
    this.sampling = sampling;
    this.generator = new TextGenerator(base.decoder());
    this.pass = new Pass(base.transformer().type());
  }

  /** The row among the bad ones, null if it can be answered. */
  static BadRow refused(BaseModel base, Map<String, TaskAdapter> adapters, PromptRow row) {
    try {
      prompt(base, adapters.get(row.task()).prompt(), row.dialogue());
      return null;
    } catch (UnusableException e) {
      List<String> texts = row.dialogue().messages().stream().map(m -> m.text()).toList();
      return row.bad(e.getMessage(), texts.get(texts.size() - 1));
    }
  }

  private static int[] prompt(BaseModel base, PromptConfig config, Dialogue dialogue)
      throws UnusableException {
    DialogueEncoder encoder = base.dialogues(config, Integer.MAX_VALUE);
    try {
      int[] ids = encoder.prompt(dialogue);
      new TextGenerator(base.decoder()).requireRoom(ids.length);
      return ids;
    } catch (IllegalArgumentException e) {
      throw new UnusableException(e.getMessage());
    }
  }

  private static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableException(String reason) {
      super(reason);
    }
  }

  /** Answers rows in their order, those that {@link #refused} names left out. */
  List<LanguageModelRunner.Answer> answer(RowGroup<PromptRow> group) {
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < group.rows().size(); i++) {
      asked(group.first() + i, group.rows().get(i)).ifPresent(asked::add);
    }
    asked.sort(Comparator.comparing(one -> one.row().task()));
    List<Written> written = new ArrayList<>();
    int room = 0;
    int from = 0;
    for (int to = 0; to < asked.size(); to++) {
      int more = generator.room(asked.get(to).text().prompt().length, sampling);
      if (room + more > ROOM && to > from) {
        written.addAll(generate(asked.subList(from, to)));
        from = to;
        room = 0;
      }
      room += more;
    }
    if (from < asked.size()) {
      written.addAll(generate(asked.subList(from, asked.size())));
    }
    written.sort(Comparator.comparing(Written::number));
    return written.stream().map(Written::answer).toList();
  }

  /** Nothing of a row that is among the bad ones. */
  private Optional<Asked> asked(long number, PromptRow row) {
    String task = row.task();
    try {
      int[] prompt = prompt(base, adapters.get(task).prompt(), row.dialogue());
      Set<Integer> stops =
          stopIds.computeIfAbsent(task, name -> base.stopIds(adapters.get(name).prompt()));
      TextGenerator.Text text = new TextGenerator.Text(prompt, bound(task), stops, number);
      return Optional.of(new Asked(row, text));
    } catch (UnusableException e) {
      return Optional.empty();
    }
  }

  private List<Written> generate(List<Asked> asked) {
    List<AnswerText> answers =
        asked.stream().map(one -> new AnswerText(base.textTokenizer(), sampling.stop())).toList();
    boolean[] ended =
        generator.generate(
            pass,
            asked.stream().map(Asked::text).toList(),
            sampling,
            (text, id) -> answers.get(text).add(id));
    List<Written> written = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      answers.get(i).finish();
      LanguageModelRunner.Answer answer =
          new LanguageModelRunner.Answer(asked.get(i).row(), answers.get(i).text(), ended[i]);
      written.add(new Written(asked.get(i).text().number(), answer));
    }
    return written;
  }

  private Adapters bound(String task) {
    return bound.computeIfAbsent(
        task,
        name -> {
          TaskAdapter adapter = adapters.get(name);
          AdaptedModules modules =
              new AdaptedModules(base.transformer().linears(), adapter.job().adapter());
          LanguageModel model =
              new LanguageModel(base.decoder(), modules, adapter.job().initial().value(), false);
          model.theta().set(adapter.theta().value());
          pass.startEvaluation();
          model.refresh(pass, 0, false);
          return model.adapters();
        });
  }

  @Override
  public void close() {
    pass.close();
  }
}
