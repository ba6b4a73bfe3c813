package io.github.cola4j.spark.inference;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.tokenizer.AnswerText;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.generate.Generator;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.model.TrainingContext;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private final Generator generator;
  private final Map<String, Adapters> bound = new HashMap<>();
  private final Map<String, Set<Integer>> stopIds = new HashMap<>();
  private final Pass pass;

  /** A task's adapter and how its prompts are written. */
  record TaskAdapter(TrainingContext job, PromptConfig prompt, Broadcast<float[]> theta)
      implements Serializable {}

  /** A task and what its adapter is to answer. */
  record Question(String task, Dialogue dialogue) {}

  /** What a question's draws are seeded by, beside the sampling's seed. */
  @FunctionalInterface
  interface Numbers {
    /**
     * A question's number.
     *
     * @param place in the list
     * @param prompt its tokens
     */
    long of(int place, int[] prompt);
  }

  /** A question by its place, and the text that it is to be. */
  private record Asked(int place, String task, Generator.Text text) {}

  /**
   * A writer.
   *
   * @param adapters by task, all of one frozen model
   * @param draft proposes tokens; null for none
   */
  AnswerWriter(
      BaseModel base, Map<String, TaskAdapter> adapters, Sampling sampling, DraftModel.Sent draft) {
    this.base = base;
    this.adapters = adapters;
    this.sampling = sampling;
    this.pass = base.newPass();
    try {
      this.generator =
          draft == null ? new TextGenerator(base.decoder()) : draft.generator(base, pass);
    } catch (RuntimeException e) {
      pass.close();
      throw e;
    }
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

  /**
   * Answers questions, in their order; one that is too long, or none of its template, has a reason.
   */
  List<RowText> answer(List<Question> questions, Numbers numbers) {
    RowText[] answers = new RowText[questions.size()];
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      try {
        asked.add(asked(i, questions.get(i), numbers));
      } catch (UnusableException e) {
        answers[i] = RowText.refused(e.getMessage());
      }
    }
    asked.sort(Comparator.comparing(Asked::task));
    int room = 0;
    int from = 0;
    for (int to = 0; to < asked.size(); to++) {
      int more = generator.room(asked.get(to).text().prompt().length, sampling);
      if (room + more > ROOM && to > from) {
        generate(asked.subList(from, to), answers);
        from = to;
        room = 0;
      }
      room += more;
    }
    if (from < asked.size()) {
      generate(asked.subList(from, asked.size()), answers);
    }
    return List.of(answers);
  }

  private Asked asked(int place, Question question, Numbers numbers) throws UnusableException {
    String task = question.task();
    int[] prompt = prompt(base, adapters.get(task).prompt(), question.dialogue());
    Set<Integer> stops =
        stopIds.computeIfAbsent(task, name -> base.stopIds(adapters.get(name).prompt()));
    return new Asked(
        place, task, new Generator.Text(prompt, bound(task), stops, numbers.of(place, prompt)));
  }

  private void generate(List<Asked> asked, RowText[] answers) {
    List<AnswerText> texts =
        asked.stream().map(one -> new AnswerText(base.textTokenizer(), sampling.stop())).toList();
    List<Generator.Written> written =
        generator.generate(
            pass,
            asked.stream().map(Asked::text).toList(),
            sampling,
            (text, id) -> texts.get(text).add(id));
    for (int i = 0; i < written.size(); i++) {
      texts.get(i).finish();
      Generator.Written how = written.get(i);
      answers[asked.get(i).place()] =
          new RowText(texts.get(i).text(), how.ended(), how.speculation(), null);
    }
  }

  private Adapters bound(String task) {
    return bound.computeIfAbsent(
        task,
        name -> {
          TaskAdapter adapter = adapters.get(name);
          return LanguageModel.trained(
              pass,
              base.decoder(),
              adapter.job().adapter(),
              adapter.job().initial().value(),
              adapter.theta().value());
        });
  }

  @Override
  public void close() {
    pass.close();
  }
}
