using Hearth.Containers;
using Hearth.Network;

namespace Hearth.Records.Recovery;

/// <summary>Converts failures of networks to <see cref="HearthException"/>; their messages already name act, object and cause.</summary>
public static class NetworkFailures
{
    public static HearthException Translate(NetworkException failure) => new(
        failure.Error is NetworkError.InvalidRequest or NetworkError.InUse ? HearthError.InvalidRequest : HearthError.HostUnsuitable,
        failure.Message,
        failure);
}
