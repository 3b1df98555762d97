using Hearth.Containers;
using Hearth.Records.Recovery;

namespace Hearth.Client;

/// <summary>A container with what only its host knows.</summary>
/// <param name="Container">Its description and state.</param>
/// <param name="IsHeld">Whether a process holds it: it runs, starts or ends.</param>
/// <param name="Resources">What its run has taken; null if it does not run.</param>
public sealed record ContainerEntry(Container Container, bool IsHeld, RunResources? Resources);
