package io.github.cola4j.spark.cli;

import io.github.cola4j.adapter.AdaptedModules;
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
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Pass;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A dialogue with a model that goes on. Belongs to one thread; close it to free its memory. */
final class Chat implements AutoCloseable {
  private final BaseModel base;
  private final Adapters adapters;
  private final DialogueEncoder encoder;
  private final Set<Integer> stopIds;
  private final Message system;
  private final Sampling sampling;
  private final Pass pass;
  private final List<Message> messages = new ArrayList<>();
  private long answers;

  private Chat(
      BaseModel base,
      Pass pass,
      Adapters adapters,
      PromptConfig prompt,
      String system,
      Sampling sampling) {
    this.base = base;
    this.pass = pass;
    this.adapters = adapters;
    this.encoder = base.dialogues(prompt, Integer.MAX_VALUE);
    this.stopIds = base.stopIds(prompt);
    this.system = system == null ? null : new Message(Role.SYSTEM, system);
    this.sampling = sampling;
    reset();
  }

  /**
   * With the frozen model alone.
   *
   * @param system the system's message, or null
   */
  static Chat withModel(BaseModel base, PromptConfig prompt, String system, Sampling sampling) {
    return new Chat(base, base.newPass(), Adapters.NONE, prompt, system, sampling);
  }

  /**
   * With a stored adapter of the model.
   *
   * @param system the system's message, or null
   */
  static Chat withAdapter(
      BaseModel base, Path folder, PromptConfig prompt, String system, Sampling sampling) {
    TrainedAdapter stored = AdapterStore.loadParameters(folder, base);
    AdaptedModules modules =
        new AdaptedModules(base.decoder().linears(), stored.description().adapter());
    LanguageModel model = new LanguageModel(base.decoder(), modules, stored.initial(), false);
    model.theta().set(stored.theta());
    Pass pass = base.newPass();
    pass.startEvaluation();
    model.refresh(pass, 0, false);
    return new Chat(base, pass, model.adapters(), prompt, system, sampling);
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
   * @return whether the answer came to its end
   * @throws IllegalArgumentException if the dialogue is too long for the model, or the template
   *     cannot write it; the message is then forgotten
   */
  boolean answer(String message, Consumer<String> sink) {
    List<Message> asked = new ArrayList<>(messages);
    asked.add(new Message(Role.USER, message));
    int[] prompt = encoder.prompt(new Dialogue(asked));
    AnswerText text = new AnswerText(base.textTokenizer(), sampling.stop());
    TextGenerator.Text one = new TextGenerator.Text(prompt, adapters, stopIds, answers++);
    boolean[] ended =
        new TextGenerator(base.decoder())
            .generate(
                pass,
                List.of(one),
                sampling,
                (place, token) -> {
                  boolean goesOn = text.add(token);
                  sink.accept(text.take());
                  return goesOn;
                });
    sink.accept(text.finish());
    messages.clear();
    messages.addAll(asked);
    messages.add(new Message(Role.ASSISTANT, text.text()));
    return ended[0];
  }

  @Override
  public void close() {
    pass.close();
  }
}
