package io.github.cola4j.data;

import java.io.Serializable;

/**
 * What a message has beside its role and text, under the names that chat templates read.
 *
 * @param reasoning what the assistant thought before it answered ({@code reasoning_content}); null
 *     for none
 * @param toolCalls the assistant's calls of tools: a JSON list of objects with {@code function},
 *     which has {@code name} and {@code arguments}; null for none
 * @param toolCallId which call a tool's message answers; null where the data does not say
 * @param name of the tool or speaker; null where the data does not say
 * @param learnt whether an assistant's message counts in the loss
 */
public record MessageFields(
    String reasoning, String toolCalls, String toolCallId, String name, boolean learnt)
    implements Serializable {
  /** Those of a message that is a role and a text. */
  public static final MessageFields NONE = new MessageFields(null, null, null, null, true);

  /** The same with other reasoning; null for none. */
  public MessageFields withReasoning(String other) {
    return new MessageFields(other, toolCalls, toolCallId, name, learnt);
  }

  /** The same, learnt or not. */
  public MessageFields withLearnt(boolean other) {
    return new MessageFields(reasoning, toolCalls, toolCallId, name, other);
  }
}
