package io.github.cola4j.spark.cli;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.tokenizer.AnswerText;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.generate.Generator;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.Speculation;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.inference.DraftModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/** A dialogue with a model that goes on. Belongs to one thread; close it to free its memory. */
final class Chat implements AutoCloseable {
  private final BaseModel base;
  private final Adapters adapters;
  private final DialogueEncoder encoder;
  private final Set<Integer> stopIds;
  private final Message system;
  private final Sampling sampling;
  private final Generator generator;
  private final Pass pass;
  private final List<Message> messages = new ArrayList<>();
  private Speculation speculation = Speculation.NONE;
  private long answers;

  private Chat(
      BaseModel base,
      Pass pass,
      Adapters adapters,
      PromptConfig prompt,
      String system,
      Sampling sampling,
      DraftModel draft) {
    this.base = base;
    this.pass = pass;
    this.adapters = adapters;
    this.encoder = base.dialogues(prompt, Integer.MAX_VALUE);
    this.stopIds = base.stopIds(prompt);
    this.system = system == null ? null : new Message(Role.SYSTEM, system);
    this.sampling = sampling;
    this.generator =
        draft == null ? new TextGenerator(base.decoder()) : draft.generator(base, pass);
    reset();
  }

  /**
   * With the frozen model alone.
   *
   * @param system the system's message, or null
   * @param draft proposes tokens; null for none
   */
  static Chat withModel(
      BaseModel base, PromptConfig prompt, String system, Sampling sampling, DraftModel draft) {
    return open(base, pass -> Adapters.NONE, prompt, system, sampling, draft);
  }

  /**
   * With a stored adapter of the model.
   *
   * @param system the system's message, or null
   * @param draft proposes tokens; null for none
   */
  static Chat withAdapter(
      BaseModel base,
      Path folder,
      PromptConfig prompt,
      String system,
      Sampling sampling,
      DraftModel draft) {
    TrainedAdapter stored = AdapterStore.loadParameters(folder, base);
    return open(
        base,
        pass ->
            LanguageModel.trained(
                pass,
                base.decoder(),
                stored.description().adapter(),
                stored.initial(),
                stored.theta()),
        prompt,
        system,
        sampling,
        draft);
  }

  private static Chat open(
      BaseModel base,
      Function<Pass, Adapters> adapters,
      PromptConfig prompt,
      String system,
      Sampling sampling,
      DraftModel draft) {
    Pass pass = base.newPass();
    try {
      return new Chat(base, pass, adapters.apply(pass), prompt, system, sampling, draft);
    } catch (RuntimeException e) {
      pass.close();
      throw e;
    }
  }

  /** What the draft model was good for in all answers so far. */
  Speculation speculation() {
    return speculation;
  }

  /** Forgets the dialogue. */
  void reset() {
    messages.clear();
    if (system != null) {
      messages.add(system);
    }
  }

  /**
   * Answers a message.
   *
   * @param sink takes the answer in pieces
   * @return whether the answer came to its end, and what the draft model was good for
   * @throws IllegalArgumentException if the dialogue is too long for the model, or the template
   *     cannot write it; the message is then forgotten
   */
  Generator.Written answer(String message, Consumer<String> sink) {
    List<Message> asked = new ArrayList<>(messages);
    asked.add(new Message(Role.USER, message));
    int[] prompt = encoder.prompt(new Dialogue(asked));
    AnswerText text = new AnswerText(base.textTokenizer(), sampling.stop());
    Generator.Text one = new Generator.Text(prompt, adapters, stopIds, answers++);
    Generator.Written written =
        generator
            .generate(
                pass,
                List.of(one),
                sampling,
                (place, token) -> {
                  boolean goesOn = text.add(token);
                  sink.accept(text.take());
                  return goesOn;
                })
            .get(0);
    speculation = speculation.plus(written.speculation());
    sink.accept(text.finish());
    messages.clear();
    messages.addAll(asked);
    messages.add(new Message(Role.ASSISTANT, text.text()));
    return written;
  }

  @Override
  public void close() {
    pass.close();
  }
}
