namespace Hearth.Network;

/// <summary>A switch of the host's kernel that had to be changed for a network.</summary>
/// <param name="Path">Its file beneath /proc/sys.</param>
/// <param name="Value">Its new value.</param>
public sealed record ChangedSwitch(string Path, string Value);
