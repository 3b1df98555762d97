namespace Hearth.Guest.Init;

/// <summary>A request that init cannot fulfil. The message names the act, the object and the cause.</summary>
internal sealed class GuestInitException(string message, Exception? cause = null) : Exception(message, cause);
