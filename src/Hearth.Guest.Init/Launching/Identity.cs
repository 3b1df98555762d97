namespace Hearth.Guest.Init.Launching;

/// <summary>The user and the groups of a process.</summary>
/// <param name="UserId">The user.</param>
/// <param name="GroupId">The group.</param>
/// <param name="Groups">The supplementary groups.</param>
/// <param name="Home">The home directory; <c>/</c> if none is known.</param>
internal sealed record Identity(uint UserId, uint GroupId, IReadOnlyList<uint> Groups, string Home);
