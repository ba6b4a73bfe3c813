package io.github.cola4j.train;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TaskModel;
import java.util.List;

/**
 * Learns to answer as dialogues do (supervised fine-tuning): adapters on a decoder, cross-entropy
 * of the answers' tokens.
 *
 * @param prompt how a dialogue is written
 */
public record LanguageModeling(PromptConfig prompt) implements Objective<Dialogue> {

  @Override
  public List<String> classes() {
    return List.of();
  }

  @Override
  public boolean drops() {
    return true;
  }

  @Override
  public boolean divides() {
    return prompt.template().equals(PromptTemplates.MODEL);
  }

  @Override
  public List<Dialogue> parts(FrozenModel base, int maxLength, Dialogue dialogue) {
    return divides()
        ? BaseModel.of(base).dialogues(prompt, maxLength).parts(dialogue)
        : List.of(dialogue);
  }

  @Override
  public Encoded encode(FrozenModel base, int maxLength, Dialogue dialogue) {
    return BaseModel.of(base).dialogues(prompt, maxLength).encode(dialogue);
  }

  @Override
  public TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    if (training.labelSmoothing() > 0) {
      throw new IllegalArgumentException(
          "training.labelSmoothing is for classifiers of texts, and this task learns tokens;"
              + " leave it out");
    }
    return new LanguageModel(
        BaseModel.of(base).decoder(),
        modules,
        initial,
        training.recompute(),
        training.regularization());
  }

  @Override
  public float[] start(FrozenModel base, float[] initial, long seed) {
    return initial.clone();
  }
}
