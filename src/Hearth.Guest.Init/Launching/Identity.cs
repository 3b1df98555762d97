namespace Hearth.Guest.Init.Launching;

/// <summary>Who a process is to be.</summary>
/// <param name="UserId">Its user.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="Groups">Its supplementary groups.</param>
/// <param name="Home">Its home directory; <c>/</c> where none is known.</param>
internal sealed record Identity(uint UserId, uint GroupId, IReadOnlyList<uint> Groups, string Home);
